import type * as tf from "@tensorflow/tfjs-core";
import type { Context } from "../context.js";
import type { Module } from "../module.js";
import type { GradientCheckOptions } from "./gradient.js";

/** The module that `moduleContract` checks. */
export interface ModuleContractOptions<M extends Module> {
  /** Makes a new module; called for every check. */
  readonly make: () => M;
  /** Makes a new float input, [batch, ...], around which the module is smooth. */
  readonly input: () => tf.Tensor;
  /** Runs the module and returns its output, [batch, ...], or one of its outputs if it has several. */
  readonly forward: (module: M, x: tf.Tensor, ctx: Context) => tf.Tensor;
  /** How accurately gradients are compared with finite differences. Default: see `GradientCheckOptions`. */
  readonly gradient?: GradientCheckOptions;
}
