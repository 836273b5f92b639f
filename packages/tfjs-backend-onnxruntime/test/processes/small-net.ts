import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients
import { compile } from "@fovea/tfjs-backend-onnxruntime";

const [side, colours, filters, classes] = [12, 3, 8, 5];

/** Numbers that look like noise and are the same everywhere. */
const noise = (shape: number[], scale: number, phase: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => scale * Math.sin(phase + i * i * 0.7)),
    shape,
  );

/** A convolution, batch normalization by moments, pooling and a dense layer, to be trained step by step. */
export interface SmallNet {
  /** One step on `batch` images; returns the loss. */
  step(batch: number, seed: number): number;
  dispose(): void;
}

/** @param compiled - whether a step runs as one graph, from the second on: the first makes the optimizer's variables */
export function smallNet(compiled = false): SmallNet {
  const kernel = tf.variable(noise([3, 3, colours, filters], 0.3, 1) as tf.Tensor4D);
  const gain = tf.variable(tf.ones([filters]));
  const shift = tf.variable(tf.zeros([filters]));
  const dense = tf.variable(noise([(side / 2) ** 2 * filters, classes], 0.1, 2) as tf.Tensor2D);
  const optimizer = tf.train.momentum(0.01, 0.9);
  const logits = (x: tf.Tensor4D) => {
    const map = tf.conv2d(x, kernel, 1, "same");
    const { mean, variance } = tf.moments(map, [0, 1, 2]);
    const normal = tf.mul(tf.sub(map, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    const pooled = tf.maxPool(tf.relu(tf.add(tf.mul(normal, gain), shift)) as tf.Tensor4D, 2, 2, "valid");
    return tf.matMul(tf.reshape(pooled, [x.shape[0], -1]), dense);
  };
  const eager = (x: tf.Tensor4D, labels: tf.Tensor1D): tf.Scalar =>
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(tf.oneHot(labels, classes), logits(x)) as tf.Scalar, true)!;
  const graph = compile(eager);
  let run: typeof eager = eager;
  return {
    step(batch, seed) {
      const loss = tf.tidy(() => {
        const x = noise([batch, side, side, colours], 1, seed) as tf.Tensor4D;
        const labels = tf.tensor1d(Array.from({ length: batch }, (_, i) => (seed + i) % classes), "int32"); // prettier-ignore
        return run(x, labels);
      });
      if (compiled) run = graph;
      const value = loss.dataSync()[0]!;
      loss.dispose();
      return value;
    },
    dispose() {
      graph.dispose();
      tf.dispose([kernel, gain, shift, dense]);
      optimizer.dispose();
    },
  };
}

/** The losses of some steps on a backend, of batches of several sizes. */
export async function losses(backend: string, steps: number): Promise<number[]> {
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
  const net = smallNet();
  const values = Array.from({ length: steps }, (_, i) => net.step(2 + (i % 3), i));
  net.dispose();
  return values;
}
