/**
 * How much faster `wasm` is completed than as it comes, and than `cpu`. Both sides of a row take turns in one process,
 * and the best turn of each counts: on a busy machine read the ratios.
 */
import { completeWasm, useEngine, wasmKernels } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";

const names = wasmKernels.map(({ name }) => name);
const registered = () => names.flatMap((name) => tf.getKernel(name, "wasm") ?? []);
tf.env().set("PROD", true);
await tf.setBackend("wasm");
const stock = registered();
completeWasm();
const completed = registered();
await useEngine("wasm"); // gradients

const use = (kernels: readonly tf.KernelConfig[]): void => {
  for (const { kernelName } of registered()) tf.unregisterKernel(kernelName, "wasm");
  for (const kernel of kernels) tf.registerKernel(kernel);
};

const normal = (...shape: number[]) => tf.randomNormal(shape);
const fresh = <T extends tf.Tensor>(x: T) => tf.mul<T>(x, 1); // as after an update: nothing is kept packed of it

const [square, wide] = [normal(512, 512), normal(1024, 1024)];
const [queries, keys] = [normal(96, 65, 64), normal(96, 64, 65)];
const heads = normal(16, 65, 3, 6, 64);
const rows = normal(16384, 64);
const maps = normal(16, 32, 32, 32) as tf.Tensor4D;
const [x, dy] = [normal(16, 16, 16, 64), normal(16, 16, 16, 64)] as [tf.Tensor4D, tf.Tensor4D];
const filter = normal(3, 3, 64, 64) as tf.Tensor4D;
const [deep, large] = [normal(16, 2, 2, 512), normal(3, 3, 512, 512)] as [tf.Tensor4D, tf.Tensor4D];
const order = tf.tensor1d([...tf.util.createShuffledIndices(16384)], "int32");

const operations: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  "matMul 512², a transposed": () => tf.matMul(square, fresh(square), true),
  "matMul 512², b transposed": () => tf.matMul(square, fresh(square), false, true),
  "matMul 96 × (65×64 · 64×65)": () => tf.matMul(queries, keys),
  "transpose 1024²": () => tf.transpose(wide),
  "transpose [16, 65, 3, 6, 64] to heads": () => tf.transpose(heads, [2, 0, 3, 1, 4]),
  "sum of 16384 rows of 64": () => tf.sum(rows, 0),
  "gradient of conv 3×3, 64 channels, 16², by its input": () =>
    tf.conv2dTranspose(dy, fresh(filter), x.shape as [number, number, number, number], 1, "same"),
  "conv 3×3, 512 channels, 2², new filter": () => tf.conv2d(deep, fresh(large), 1, "same"),
  "max pooling 2×2 and gradient, 2 MB": () => tf.grad((y) => tf.maxPool(y as tf.Tensor4D, 2, 2, "valid"))(maps),
  "broadcastTo [16, 32, 32, 32]": () => tf.broadcastTo(tf.ones([16, 1, 1, 32]), [16, 32, 32, 32]),
  "gather of 16384 rows": () => tf.gather(rows, order),
  "reverse of a 3×3×512×512 filter": () => tf.reverse(large, [0, 1]),
  "split of 2 MB in 16": () => tf.split(maps, 16),
  "attention of 6 heads, 65 tokens, 384 wide, batch 8, and its gradients": attentionStep(),
};

console.log("| on `wasm` | stock, ms | completed, ms | times faster |\n| --- | ---: | ---: | ---: |");
for (const [name, run] of Object.entries(operations)) {
  const [before, after] = best(8, () => (use(stock), run()), () => (use(completed), run())); // prettier-ignore
  console.log(`| ${name} | ${before!.toFixed(1)} | ${after!.toFixed(1)} | ${(before! / after!).toFixed(1)} |`);
}

use(completed);
const [wasmMs] = best(5, convNetStep());
await tf.setBackend("cpu");
const [cpuMs] = best(1, convNetStep());
console.log(`\nStep of a ConvNet of 3 convolutions, 16 images of 32²: cpu ${cpuMs!.toFixed(0)} ms, wasm ${wasmMs!.toFixed(0)} ms, ${(cpuMs! / wasmMs!).toFixed(0)} times faster.`); // prettier-ignore

/** Best milliseconds of each, after one turn that does not count. */
function best(turns: number, ...runs: (() => unknown)[]): number[] {
  const times = runs.map(() => Infinity);
  for (let turn = 0; turn <= turns; turn++)
    runs.forEach((run, i) => {
      const start = performance.now();
      tf.tidy(() => void run());
      if (turn > 0 || turns === 1) times[i] = Math.min(times[i]!, performance.now() - start);
    });
  return times;
}

function attentionStep() {
  const [batch, tokens, count, width] = [8, 65, 6, 64];
  const dim = count * width;
  const [input, project, out] = [normal(batch * tokens, dim), normal(dim, 3 * dim), normal(dim, dim)];
  const loss = (w: tf.Tensor, v: tf.Tensor) => {
    const parts = tf.transpose(tf.reshape(tf.matMul(input, w), [batch, tokens, 3 * count, width]), [0, 2, 1, 3]);
    const [q, k, values] = tf.split(parts, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor]; // [batch, heads, tokens, width]
    const mixed = tf.matMul(tf.softmax(tf.matMul(q, k, false, true)), values);
    return tf.sum(tf.matMul(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, dim]), v));
  };
  return () => tf.grads(loss)([fresh(project), fresh(out)]);
}

function convNetStep() {
  const images = normal(16, 32, 32, 3) as tf.Tensor4D;
  const weights = [[3, 3, 3, 16], [3, 3, 16, 32], [3, 3, 32, 64], [64, 10]].map((shape) => normal(...shape)); // prettier-ignore
  const loss = (...w: tf.Tensor[]) => {
    const features = w.slice(0, 3).reduce<tf.Tensor4D>((y, v, i) => {
      const map = tf.relu(tf.conv2d(y, v as tf.Tensor4D, 1, "same"));
      return i < 2 ? tf.maxPool(map, 2, 2, "valid") : map;
    }, images);
    return tf.mean(tf.logSumExp(tf.matMul(tf.mean(features, [1, 2]), w[3]!), 1));
  };
  return () =>
    tf
      .grads(loss)(weights.map(fresh))
      .map((gradient) => gradient.dataSync());
}
