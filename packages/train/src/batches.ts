import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Hands out batches in order, each asked for while the one before it is being used. */
export interface Prefetched<Batch> {
  /** The next batch, the caller's to dispose. Rejects with the signal's reason as soon as it is aborted. */
  next(): Promise<Batch>;
  /** Asks for the next one now, to have it sooner. */
  ask(): void;
  /** Forgets what was asked for; it is disposed when it comes. */
  close(): void;
}

/** @param from - number of the first batch  @param to - number of the first batch not to ask for */
export function prefetched<Batch extends tf.TensorContainer>(
  source: BatchSource<Batch>,
  from: number,
  to: number,
  signal?: AbortSignal,
): Prefetched<Batch> {
  let number = from;
  let coming: Promise<Batch> | undefined;
  const ask = () => {
    if (coming || number >= to) return;
    const current = number++;
    coming = Promise.resolve().then(() => source.batch(current)); // so that a source that throws at once rejects, too
    coming.catch(() => {}); // reported by the `next` that asks for it
  };
  return {
    ask,
    next: async () => {
      ask();
      const batch = await unlessAborted(coming!, signal);
      coming = undefined;
      return batch;
    },
    close: () => {
      coming?.then(
        (batch) => tf.dispose(batch),
        () => {},
      );
      coming = undefined;
    },
  };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The length of the first axis of the first tensor of a batch, or 1 if there is none. */
export const leadingAxis = (batch: tf.TensorContainer): number =>
  tf.tensor_util.getTensorsInContainer(batch)[0]?.shape[0] ?? 1;

/** @throws Error for a batch that the source has handed out before, or whose tensors it has disposed itself */
export function requireAlive(number: number, batch: tf.TensorContainer): void {
  if (tf.tensor_util.getTensorsInContainer(batch).some(({ isDisposed }) => isDisposed))
    throw new Error(
      `fit: batch ${number} has a tensor that is disposed already. \`fit\` disposes each batch after its step, so ` +
        "`batches.batch` must make new tensors each time it is called; of tensors that it keeps, return `tf.clone(x)`.",
    );
}
