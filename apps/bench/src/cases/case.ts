import type * as tf from "@tensorflow/tfjs-core";
import type { Context, Weights } from "@fovea/nn";
import type { Mode } from "../job.js";

/** How large a case is made. */
export interface Size {
  readonly batch: number;
  /** Views of a collection. Only cases with `multiView` look at it. */
  readonly views: number;
  /** Side of a picture in pixels. Only cases with an `image` look at it. */
  readonly image: number;
  readonly seed: number;
  /** The same code, narrow: what correctness is checked on, since the reference engine is slow. */
  readonly tiny: boolean;
}

/** A case made at one size: what a step calls. It owns its weights and inputs. */
export interface Subject {
  /** What the optimizer moves. */
  readonly params: Weights;
  /** Inputs that gradients reach as well, as they would inside a network. */
  readonly inputs: Weights;
  /** What it reads besides: a twin in another library is given the same. Default: nothing. */
  readonly data?: Readonly<Record<string, tf.Tensor>>;
  /** What inference computes. */
  forward(ctx: Context): tf.Tensor;
  /** What training differentiates. */
  loss(ctx: Context): tf.Scalar;
  dispose(): void;
}

/** One line of a table: something whose inference and training step can be measured. */
export interface Case {
  /** `group/name`. */
  readonly name: string;
  /** Samples in a batch unless `--batch` says otherwise: pictures, or collections of views. */
  readonly batch: number;
  /** Side of a picture in pixels unless `--image` says otherwise, and for the check; null: it takes no pictures. */
  readonly image: { readonly full: number; readonly tiny: number } | null;
  /** Whether a sample is a collection of views. */
  readonly multiView: boolean;
  /** What there is to measure. Default: inference and training. */
  readonly modes?: readonly Mode[];
  /** Whether `peer/` has the same in PyTorch. Default: it has not. */
  readonly twin?: boolean;
  make(size: Size): Subject | Promise<Subject>;
}

/** The size at which a case is checked: small for `cpu`, large enough that batch statistics mean something. */
export const tinySize = ({ image }: Pick<Case, "image">, seed: number): Size => ({
  batch: 3,
  views: 3,
  image: image?.tiny ?? 0,
  seed,
  tiny: true,
});
