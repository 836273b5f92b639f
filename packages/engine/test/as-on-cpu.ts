import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Throws unless `run` gives on another engine what it gives on `cpu`, within 1e-5 of the largest value, in the same
 * shapes, and leaves neither tensors nor buffers behind. `run` makes its own inputs.
 */
export async function assertAsOnCpu(
  run: () => tf.Tensor | tf.Tensor[],
  tolerance = 1e-5,
  other: "wasm" | "tensorflow" = "wasm",
): Promise<void> {
  const results: { shape: number[]; dtype: string; values: number[] }[][] = [];
  for (const backend of ["cpu", other]) {
    await tf.setBackend(backend);
    const before = counts();
    const tensors = [tf.tidy(run)].flat();
    results.push(tensors.map((x) => ({ shape: x.shape, dtype: x.dtype, values: [...x.dataSync()] })));
    tf.dispose(tensors);
    const left = counts().map((count, i) => count - before[i]!);
    if (left.some((count) => count !== 0)) throw new Error(`${backend} keeps ${left.join(" tensors, ")} buffers.`);
  }
  const [expected, actual] = results as [(typeof results)[0], (typeof results)[0]];
  if (actual.length !== expected.length)
    throw new Error(`${expected.length} results on cpu, ${actual.length} on ${other}.`);
  expected.forEach((want, i) => {
    const got = actual[i]!;
    const kind = (x: typeof want) => `${x.dtype}[${x.shape.join(", ")}]`;
    if (kind(got) !== kind(want)) throw new Error(`result ${i} is ${kind(want)} on cpu, ${kind(got)} on ${other}.`);
    const scale = Math.max(1e-3, ...want.values.map(Math.abs));
    assertClose(got.values.map((v) => v / scale), want.values.map((v) => v / scale), tolerance); // prettier-ignore
  });
}

const counts = () => [tf.memory().numTensors, tf.engine().backend.numDataIds()];
