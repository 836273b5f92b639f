import type * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameters } from "./hyperparameters.js";

/**
 * What an optimizer remembers of one param, by the name of the slot: `momentum`, `mean`, `count`, … Names hold no
 * dot.
 */
export type Slots = Readonly<Record<string, tf.Variable>>;

/** The name and the hyperparameters of one update. */
export interface UpdateInfo {
  /** The param's key in the module. */
  readonly name: string;
  /** η at this step, float32, []. A tensor, since a step that the engine has compiled knows no other numbers. */
  readonly learningRate: tf.Scalar;
  /**
   * Scheduled values at this step, by the name of the hyperparameter, which replace those in `config`; float32, [].
   * Default: none.
   */
  readonly scheduled?: Readonly<Record<string, tf.Scalar>>;
}

/**
 * A rule that moves one param along its gradient. It holds no state: what it remembers is in `slots`, which the loop
 * keeps by the param's name, saves and disposes. So it can be shared, wrapped, and resumed to the bit.
 */
export interface Optimizer {
  /** Plain JSON: name and settings. A checkpoint stores it, and is resumed only with an equal one. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * Fresh slots for a param; not trainable, the caller's to dispose.
   *
   * @param name - the param's key in the module
   */
  init(param: tf.Variable, name: string): Slots;
  /**
   * Assigns `param` and `slots` their next values. Never disposes `gradient`. It reads no tensor: what it computes from
   * `slots` and `info` are tensors, so that it can be part of a step that the engine compiles.
   */
  update(param: tf.Variable, gradient: tf.Tensor, slots: Slots, info: UpdateInfo): void;
  /**
   * Refuses names and values of scheduled hyperparameters that `update` could not follow. `fit` asks before each step,
   * and then passes the values on as tensors, in `info.scheduled`.
   * Default: a schedule may change the learning rate alone.
   * @throws RangeError
   */
  requireScheduled?(scheduled: Hyperparameters): void;
  /**
   * Refuses a module without params that the optimizer has settings for. `fit` asks once. Default: takes any.
   * @param names - of all params
   * @throws RangeError
   */
  requireParams?(names: readonly string[]): void;
}

/** Whether weight decay applies to a param. */
export type DecayFilter = (name: string, param: tf.Variable) => boolean;

/** The usual exception: no decay for biases and the scales of norms, that is, for params of rank 0 and 1. */
export const exceptVectors: DecayFilter = (_name, param) => param.rank > 1;
