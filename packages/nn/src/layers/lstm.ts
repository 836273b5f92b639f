import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import type { Context } from "../context.js";
import { variable } from "../init.js";
import { expandMask, fillMasked } from "../masked-views.js";
import { moduleOf, type Module } from "../module.js";
import { subSeed } from "../random.js";
import { matchShapes } from "../shapes.js";
import { requireFloats } from "./require-input.js";

/** The configuration of `lstm`. */
export interface LstmConfig {
  /** Length of the vector of a step. */
  readonly in: number;
  /** Length of the hidden state. */
  readonly hidden: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** The hidden states of an `lstm`. */
export interface LstmStates {
  /** The state after each step, [batch, steps, hidden]. At a padded step: the state before it. */
  readonly outputs: tf.Tensor3D;
  /** The state after the last real step, [batch, hidden]; zeros where no step is real. */
  readonly last: tf.Tensor2D;
}

/** A recurrent layer on sequences, some of whose steps may be padding. It never disposes its inputs. */
export interface Lstm extends Module {
  /**
   * @param x - [batch, steps, in], float32; where the mask is 0 it may hold anything, even NaN
   * @param mask - [batch, steps], 1 where a step is real, 0 where it is padding, which is passed over. Default: all are
   */
  forward(x: tf.Tensor3D, ctx: Context, mask?: tf.Tensor2D | null): LstmStates;
}

/**
 * Long short-term memory (LSTM): one layer, from the first step to the last. From h = c = 0, for each step x,
 *
 *     i, f, g, o = x · weight_ih_l0 + bias_ih_l0 + h · weight_hh_l0 + bias_hh_l0
 *     c ← σ(f) c + σ(i) tanh(g),   h ← σ(o) tanh(c)
 *
 * A padded step changes neither h nor c. Params, with PyTorch's names, order of gates and initial values U(±1 /
 * √hidden): `weight_ih_l0` [in, 4 · hidden], `weight_hh_l0` [hidden, 4 · hidden], `bias_ih_l0`, `bias_hh_l0` [4 ·
 * hidden]. `loadWeights` with `from: "pytorch"` takes those of a `torch.nn.LSTM` of one layer.
 *
 * Ref: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (the forget gate f).
 * @throws RangeError for sizes below 1; from `forward` for sequences without a step, and ShapeError for other shapes
 */
export function lstm({ in: inputs, hidden, seed = 0 }: LstmConfig): Lstm {
  requireCounts("lstm", { in: inputs, hidden });
  const weight = <R extends tf.Rank>(name: string, shape: tf.ShapeMap[R]) =>
    variable<R>("uniformFanIn", shape, subSeed(seed, name), { fanIn: hidden, fanOut: 4 * hidden });
  const ofInput = weight<tf.Rank.R2>("weight_ih_l0", [inputs, 4 * hidden]);
  const ofState = weight<tf.Rank.R2>("weight_hh_l0", [hidden, 4 * hidden]);
  const inputBias = weight<tf.Rank.R1>("bias_ih_l0", [4 * hidden]);
  const stateBias = weight<tf.Rank.R1>("bias_hh_l0", [4 * hidden]);
  return {
    ...moduleOf({ weight_ih_l0: ofInput, weight_hh_l0: ofState, bias_ih_l0: inputBias, bias_hh_l0: stateBias }),
    forward: (x, _ctx, mask = null) =>
      tf.tidy(() => {
        const { batch, steps } = mask
          ? matchShapes("lstm", { x: `batch steps ${inputs}`, mask: "batch steps" }, { x, mask })
          : matchShapes("lstm", { x: `batch steps ${inputs}` }, { x });
        requireFloats("lstm", x);
        const byStep = tf.reshape(tf.transpose(fillMasked(x, mask), [1, 0, 2]), [steps * batch, inputs]);
        const projected = tf.add(tf.matMul(byStep, ofInput), tf.add(inputBias, stateBias));
        const gates = tf.unstack(tf.reshape(projected, [steps, batch, 4 * hidden])) as tf.Tensor2D[];
        const real = mask && tf.unstack(expandMask(mask, 3), 1); // [batch, 1] for each step
        return { ...run(gates, real, ofState) };
      }),
  };
}

/**
 * All steps, one after the other.
 *
 * @param gates - for each step what its input adds to the gates, [batch, 4 · hidden]
 * @param real - for each step whether it is no padding, [batch, 1]; null: all are
 * @param weight - [hidden, 4 · hidden]
 */
function run(gates: readonly tf.Tensor2D[], real: readonly tf.Tensor[] | null, weight: tf.Tensor2D): LstmStates {
  const zeros = tf.zeros<tf.Rank.R2>([gates[0]!.shape[0], weight.shape[0]]);
  let [h, c] = [zeros, zeros];
  const outputs = gates.map((ofInput, step) => {
    const [nextH, nextC] = advance(tf.add(ofInput, tf.matMul(h, weight)), c);
    const isReal = real?.[step];
    h = isReal ? tf.where(isReal, nextH, h) : nextH;
    c = isReal ? tf.where(isReal, nextC, c) : nextC;
    return h;
  });
  return { outputs: tf.stack(outputs, 1) as tf.Tensor3D, last: h };
}

/** The next h and c, [batch, hidden] each, from the gates before their activations, [batch, 4 · hidden]. */
function advance(gates: tf.Tensor2D, c: tf.Tensor2D): [h: tf.Tensor2D, c: tf.Tensor2D] {
  const [i, f, g, o] = tf.split(gates, 4, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
  return [tf.mul(tf.sigmoid(o), tf.tanh(next)), next] as [tf.Tensor2D, tf.Tensor2D];
}
