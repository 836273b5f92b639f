import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext, type Context } from "@fovea/nn";
import { perturbParams } from "@fovea/nn/testing";
import type { Fusion } from "../fusion.js";
import { maskOf } from "./inputs.js";
import type { FusionContractOptions } from "./options.js";

/** A kind of forward pass. */
export type Pass = "inference" | "training";

/** One fusion on one number of views in one kind of pass: what a law is tried on. */
export interface Trial {
  readonly options: FusionContractOptions;
  /** Its params are not at special values such as 0. */
  readonly fusion: Fusion;
  readonly pass: Pass;
  readonly maxViews: number;
  /** The number of `views`. */
  readonly count: number;
  /** [BATCH, count, …rest] */
  readonly views: tf.Tensor;
  /** [BATCH, count]: a different part of the views is masked in each row; all ones if there is only one view. */
  readonly mask: tf.Tensor2D;
  /** Makes another instance with the params of `fusion`. */
  make(): Fusion;
  /** Merges in a pass of this kind; in training the random numbers are always the same. Default: by `fusion`. */
  merge(views: tf.Tensor, mask: tf.Tensor2D | null, by?: Fusion): tf.Tensor;
}

/** A promise of the contract: throws if the fusion breaks it. It runs inside `tf.tidy`. */
export type Law = (trial: Trial) => void;

/** A law, and on what it is tried. */
export interface TriedLaw {
  readonly law: Law;
  /** The numbers of views, up to the largest one. */
  counts(maxViews: number): readonly number[];
  /** Whether it also binds a fusion in training that draws random numbers (dropout) or has running statistics. */
  readonly evenIfRandom: boolean;
}

/** Rows of every batch the kit makes. */
export const BATCH = 3;

const DEFAULT_MAX_VIEWS = 7;

/** The context of a pass of this kind; the same random numbers every time. */
export const contextOf = (pass: Pass): Context => (pass === "training" ? trainingContext(rng(3)) : inferenceContext());

/** Tries a law on every number of views and in every kind of pass. @throws Error that names the law and the trial */
export function tryLaw(name: string, { law, counts, evenIfRandom }: TriedLaw, options: FusionContractOptions): void {
  const { slots } = using(options.make(options.config), (fusion) => fusion);
  const maxViews = options.maxViews ?? slots ?? DEFAULT_MAX_VIEWS;
  for (const count of counts(maxViews))
    for (const pass of ["inference", "training"] as const)
      using(makeWithNoise(options), (fusion) =>
        tf.tidy(() => {
          if (pass === "training" && !evenIfRandom && isRandom(fusion, options)) return;
          tryOnce(name, law, { options, fusion, pass, maxViews, count });
        }),
      );
}

type Setting = Pick<Trial, "options" | "fusion" | "pass" | "maxViews" | "count">;

function tryOnce(name: string, law: Law, setting: Setting): void {
  const { options, fusion, pass, count } = setting;
  let last = `${count} views, nothing merged yet, in ${pass}`;
  const merge: Trial["merge"] = (views, mask, by = fusion) => {
    last = `${views.shape[1] ?? 0} views, ${describeMask(mask)}, in ${pass}`;
    return by.merge(views, mask, contextOf(pass));
  };
  try {
    const [views, mask] = [options.views(BATCH, count), maskOf(BATCH, count)];
    law({ ...setting, views, mask, merge, make: () => makeWithNoise(options) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${fusion.name} breaks the law "${name}": ${why} (last merge: ${last})`, { cause: error });
  }
}

/** "mask 011 010 110": the rows. */
function describeMask(mask: tf.Tensor2D | null): string {
  if (!mask) return "no mask";
  const numbers = Array.from(mask.dataSync(), String);
  const [rows, views] = [mask.shape[0], numbers.length / mask.shape[0]];
  const separator = numbers.some((number) => number.length > 1) ? "," : "";
  const row = (b: number) => numbers.slice(b * views, (b + 1) * views).join(separator);
  return `mask ${mask.dtype === "float32" ? "" : `${mask.dtype} `}${Array.from({ length: rows }, (_, b) => row(b)).join(" ")}`;
}

const makeWithNoise = (options: FusionContractOptions): Fusion => perturbParams(options.make(options.config));

/** Whether training is more than a function of views and params: the context of inference refuses to draw numbers. */
function isRandom(fusion: Fusion, options: FusionContractOptions): boolean {
  if (Object.keys(fusion.buffers).length > 0) return true;
  try {
    fusion.merge(options.views(BATCH, 1), null, { ...inferenceContext(), training: true });
    return false;
  } catch {
    return true;
  }
}

/** Disposes the fusion after use. */
export function using<T>(fusion: Fusion, use: (fusion: Fusion) => T): T {
  try {
    return use(fusion);
  } finally {
    fusion.dispose();
  }
}
