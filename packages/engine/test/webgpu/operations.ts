/**
 * What of Fovea runs on `webgpu`: each operation there and on `cpu`, with the same inputs, and the largest difference
 * of the results relative to the largest value. It needs
 * `npm install --no-save webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0`.
 */
import { useEngine, type EngineName } from "@fovea/engine";
import * as nn from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";

type Run = () => tf.Tensor[];

const map = (x: tf.Tensor) => x as tf.Tensor4D;
const x = () => randomTensor<tf.Tensor4D>([2, 9, 7, 8], 1);

/** Result and gradients, by `x` and by the filter. */
const learn = (op: (x: tf.Tensor4D, w: tf.Tensor4D) => tf.Tensor, filter: number[]) => () => {
  const { value, grads } = tf.valueAndGrads((a, w) => tf.square(op(map(a), map(w))))([x(), randomTensor(filter, 2)]);
  return [value, ...grads];
};

/** Loss and gradients of a layer in training, its weights after one step of SGD, and its buffers. */
const step = (make: () => nn.Layer, input: () => tf.Tensor) => () => {
  const layer = make();
  const loss = () => tf.mean(tf.square(layer.forward(input(), nn.trainingContext(nn.rng(0))))) as tf.Scalar;
  const weights = Object.values(layer.params);
  const { value, grads } = tf.variableGrads(loss, weights);
  tf.train.sgd(0.1).applyGradients(grads);
  return [value, ...Object.values(grads), ...weights, ...Object.values(layer.buffers)];
};

const convNet = () =>
  nn.sequential({
    conv1: nn.conv2d({ in: 8, out: 16, kernel: 3, padding: 1, bias: false }),
    norm1: nn.batchNorm({ channels: 16 }),
    relu1: nn.activation("relu"),
    pool: nn.maxPool2d({ kernel: 2, stride: 2 }),
    conv2: nn.conv2d({ in: 16, out: 16, kernel: 3, stride: 2 }),
    relu2: nn.activation("relu"),
    mean: nn.pureLayer((maps) => nn.globalAveragePool(map(maps))),
    head: nn.linear({ in: 16, out: 5 }),
  });

const operations: Record<string, Run> = {
  matMul: () => [tf.matMul(randomTensor([65, 100], 1), randomTensor([33, 100], 2), false, true)],
  "batched matMul, gradients": () => {
    const [a, b] = [randomTensor([2, 3, 9, 16], 1), randomTensor([2, 3, 16, 9], 2)];
    return tf.grads((p, q) => tf.square(tf.softmax(tf.matMul(p, q))))([a, b]);
  },
  "conv2d 3×3": () => [tf.conv2d(x(), randomTensor<tf.Tensor4D>([3, 3, 8, 16], 2), 1, "same")],
  "conv2d, gradients": learn((a, w) => tf.conv2d(a, w, 1, "same"), [3, 3, 8, 16]),
  "conv2d, stride 2, padding 1, gradients": learn((a, w) => tf.conv2d(a, w, 2, [[0, 0], [1, 1], [1, 1], [0, 0]]), [3, 3, 8, 16]), // prettier-ignore
  "conv2d, dilated, gradients": learn((a, w) => tf.conv2d(a, w, 1, "same", "NHWC", 2), [3, 3, 8, 16]),
  "depthwiseConv2d, gradients": learn((a, w) => tf.depthwiseConv2d(a, w, 1, "same"), [3, 3, 8, 1]),
  "max pooling, gradient": learn((a, w) => tf.mul(tf.maxPool(a, 2, 2, "valid"), tf.mean(w)), [1]),
  "gather, gradient": () => [tf.grad((rows) => tf.square(tf.gather(rows, [0, 2, 2])))(randomTensor([5, 4], 1))],
  "batch norm, training step": step(() => nn.batchNorm({ channels: 8 }), x),
  "layer norm, training step": step(() => nn.layerNorm({ dim: 8 }), x),
  "transformer block, training step": step(() => nn.encoderBlock({ dim: 24, heads: 3 }), () => randomTensor([2, 9, 24], 1)), // prettier-ignore
  "ConvNet, training step": step(convNet, x),
};

async function valuesOn(engine: EngineName, run: Run): Promise<number[][]> {
  await useEngine(engine);
  tf.engine().startScope();
  try {
    return await Promise.all(run().map(async (result) => [...(await result.data())]));
  } finally {
    tf.engine().endScope();
  }
}

const largest = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function difference(got: readonly number[][], want: readonly number[][]): number {
  const each = want.map(
    (values, i) => largest(values.map((v, k) => v - got[i]![k]!)) / Math.max(1e-3, largest(values)),
  );
  return Math.max(...each);
}

for (const [name, run] of Object.entries(operations)) {
  const want = await valuesOn("cpu", run);
  const outcome = await valuesOn("webgpu", run).then(
    (got) => `differs by ${difference(got, want).toExponential(1)}`,
    (error: unknown) => `fails: ${error instanceof Error ? error.message : String(error)}`,
  );
  console.log(`${name.padEnd(42)} ${outcome}`);
}
console.log(`dataSync${" ".repeat(34)} ${await synchronous()}`);

async function synchronous(): Promise<string> {
  await useEngine("webgpu");
  try {
    return `reads ${tf.matMul(tf.eye(99), tf.eye(99)).dataSync().length} numbers`;
  } catch (error) {
    return `fails: ${(error as Error).message}`;
  }
}
