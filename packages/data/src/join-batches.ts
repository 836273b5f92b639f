import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** A batch of tensors by name, [batch, ...rest] each. */
type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/**
 * Two sources as one, whose batches have the tensors of both. They must show the same samples at the same step, which
 * they do if they have the same sampler. Of a name that both have, such as `labels`, the tensors must be equal, and
 * that of `a` is kept.
 *
 * @throws RangeError if the sources have epochs of different lengths; from `batch` if their batches do, or if tensors
 *   of one name differ
 */
export function joinBatches<A extends NamedTensors, B extends NamedTensors>(
  a: BatchSource<A>,
  b: BatchSource<B>,
): BatchSource<A & B> {
  if (a.stepsPerEpoch !== b.stepsPerEpoch)
    throw new RangeError(
      `joinBatches: expected two sources with the same sampler, got ${a.stepsPerEpoch} and ${b.stepsPerEpoch} steps an epoch.`,
    );
  const batch = async (step: number): Promise<A & B> => {
    const [first, second] = await Promise.allSettled([a.batch(step), b.batch(step)]);
    try {
      if (first.status === "rejected") throw first.reason;
      if (second.status === "rejected") throw second.reason;
      await requireSameSamples(first.value, second.value, step);
      const [again, more] = [true, false].map((known) =>
        Object.fromEntries(Object.entries(second.value).filter(([name]) => name in first.value === known)),
      );
      tf.dispose(again!);
      return { ...first.value, ...more } as A & B;
    } catch (error) {
      for (const made of [first, second]) if (made.status === "fulfilled") tf.dispose(made.value);
      throw error;
    }
  };
  return { stepsPerEpoch: a.stepsPerEpoch, batch };
}

async function requireSameSamples(a: NamedTensors, b: NamedTensors, step: number): Promise<void> {
  const sizes = new Set([...Object.values(a), ...Object.values(b)].map(({ shape }) => shape[0]));
  if (sizes.size > 1)
    throw new RangeError(
      `joinBatches: expected two sources with the same sampler, got ${[...sizes].join(" and ")} samples at step ${step}.`,
    );
  for (const name of Object.keys(a).filter((name) => name in b)) {
    const [x, y] = await Promise.all([a[name]!.data(), b[name]!.data()]);
    if (x.length !== y.length || x.some((value, i) => value !== y[i]))
      throw new RangeError(
        `joinBatches: expected two sources with the same sampler, got different \`${name}\` at step ${step}.`,
      );
  }
}
