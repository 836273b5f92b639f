/**
 * Trains a small network for ten thousand steps (or as many as the argument says) on batches of several sizes, and
 * tells whether anything grows: `npm run long-run`. Ends with 1 if tensors or sessions do after the first tenth. With
 * `compiled`, each step is one graph: `npm run long-run -- 10000 compiled`.
 */
import * as tf from "@tensorflow/tfjs-core";
import "@fovea/tfjs-backend-onnxruntime";
import { growth, type Sample, sample } from "./processes/growth.js";
import { smallNet } from "./processes/small-net.js";

const steps = Number(process.argv[2] ?? 10_000);
const every = Math.ceil(steps / 100);
const batches = [8, 3, 16, 5, 32, 1];

tf.enableProdMode();
if (!(await tf.setBackend("onnxruntime"))) process.exit(1);
const net = smallNet(process.argv[3] === "compiled");
const samples: Sample[] = [];
const start = performance.now();
for (let step = 1; step <= steps; step++) {
  net.step(batches[step % batches.length]!, step);
  if (step % every !== 0) continue;
  globalThis.gc?.();
  samples.push(sample(step));
  if (step % (10 * every) === 0) console.log(JSON.stringify(samples.at(-1)));
}
console.log(`${steps} steps in ${((performance.now() - start) / 1000).toFixed(0)} s`);
const settled = samples.slice(samples.length / 10);
const [first, last] = [settled[0]!, settled.at(-1)!];
for (const part of [settled, samples.slice(samples.length / 2)]) {
  const { slope, halfWidth } = growth(part.map(({ step, rss }) => [step / 1000, rss]));
  console.log(
    `resident memory from step ${part[0]!.step}: ${slope.toFixed(2)} ± ${halfWidth.toFixed(2)} MB per 1000 steps`,
  );
}
console.log(`(lines through samples every ${every} steps; the intervals are of 95 % if samples are independent)`);
for (const name of ["tensors", "sessions", "pool"] as const) console.log(`${name}: ${first[name]} → ${last[name]}`);
process.exitCode = last.tensors > first.tensors || last.sessions > first.sessions ? 1 : 0;
