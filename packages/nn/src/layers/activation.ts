import * as tf from "@tensorflow/tfjs-core";
import { requireOneOf } from "../checks.js";
import { moduleOf, type Layer } from "../module.js";

/**
 * An activation function:
 *
 * | kind | y |
 * | --- | --- |
 * | `relu` | max(x, 0) |
 * | `relu6` | min(max(x, 0), 6) |
 * | `gelu` | x · Φ(x), with the exact Φ(x) = (1 + erf(x / √2)) / 2 |
 * | `silu` | x / (1 + e^−x) |
 * | `elu` | x where x > 0, e^x − 1 elsewhere |
 * | `tanh` | tanh(x) |
 * | `linear` | x |
 */
export type Activation = "relu" | "relu6" | "gelu" | "silu" | "elu" | "tanh" | "linear";

const FUNCTIONS: Readonly<Record<Activation, (x: tf.Tensor) => tf.Tensor>> = {
  relu: tf.relu,
  relu6: tf.relu6,
  gelu,
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  elu: tf.elu,
  tanh: tf.tanh,
  linear: tf.clone,
};

/** Applies an activation function to every number. @throws RangeError for an unknown `kind` */
export function activate(x: tf.Tensor, kind: Activation): tf.Tensor {
  requireActivation("activate", kind);
  return tf.tidy(() => FUNCTIONS[kind](x));
}

/** A layer without weights that applies an activation function. @throws RangeError for an unknown `kind` */
export function activation(kind: Activation): Layer {
  requireActivation("activation", kind);
  return { ...moduleOf({}), forward: (x) => activate(x, kind) };
}

/** Refuses a name that is no `Activation`. */
export function requireActivation(who: string, kind: Activation): void {
  requireOneOf(who, { kind }, Object.keys(FUNCTIONS));
}

/** GELU with its derivative Φ(x) + x · φ(x) written out, which needs half the kernels that the tape would record. */
function gelu(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const phi = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    save([x, phi]);
    return {
      value: tf.mul(x, phi),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, phi] = saved as [tf.Tensor, tf.Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(phi, tf.mul(x, density)));
      },
    };
  })(x);
}
