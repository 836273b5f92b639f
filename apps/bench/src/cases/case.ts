import type * as tf from "@tensorflow/tfjs-core";
import type { Context, Weights } from "@fovea/nn";
import type { Mode } from "../job.js";

/** The sizes that a case is made with. */
export interface Size {
  readonly batch: number;
  /** Views of a collection, for cases with `multiView`. */
  readonly views: number;
  /** Side of an image in pixels, for cases with an `image`. */
  readonly image: number;
  readonly seed: number;
  /** Makes the case with narrow layers: correctness is checked on it, since the reference engine is slow. */
  readonly tiny: boolean;
}

/** A case made at one size: what a step calls. It owns its weights and inputs. */
export interface Subject {
  /** The weights, which the optimizer moves. */
  readonly params: Weights;
  /** Inputs that gradients reach as well, as they would inside a network. */
  readonly inputs: Weights;
  /** Other tensors that it reads; its counterpart in PyTorch is given the same. Default: none. */
  readonly data?: Readonly<Record<string, tf.Tensor>>;
  /** The output that inference computes. */
  forward(ctx: Context): tf.Tensor;
  /** The loss that training differentiates. */
  loss(ctx: Context): tf.Scalar;
  dispose(): void;
}

/** The name of a case, and the sizes that it is measured at unless the command says otherwise. */
export interface CaseInfo {
  /** The name, as `group/name`. */
  readonly name: string;
  /** Samples in a batch unless `--batch` says otherwise: images, or collections of views; several: a row for each. */
  readonly batch: number | readonly number[];
  /** Sides of an image in pixels; null for a case that takes no images. */
  readonly image: {
    /** The side that is measured unless `--image` says otherwise; several: a row for each. */
    readonly full: number | readonly number[];
    /** The side for the check of correctness. */
    readonly tiny: number;
    /** Which of several sides are measured. Default: all. */
    readonly at?: "all" | "middle" | "largest";
  } | null;
  /** Whether a sample is a collection of views. */
  readonly multiView: boolean;
  /** Modes that can be measured. Default: inference and training. */
  readonly modes?: readonly Mode[];
}

/** One line of a table: something whose inference and training step can be measured. */
export interface Case extends CaseInfo {
  readonly image: { readonly full: number; readonly tiny: number } | null;
  /** Whether `peer/` has the same in PyTorch. Default: it has not. */
  readonly peer?: boolean;
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
