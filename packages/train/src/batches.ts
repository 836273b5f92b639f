import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** A batch that knows how to free what it has, and may have more than tensors: patches of images, texts, features. */
export interface DisposableBatch {
  dispose(): void;
}

/** Hands out batches in order, some asked for while the ones before are being used. */
export interface Prefetched<Batch> {
  /** The next batch, the caller's to dispose. Rejects with the signal's reason as soon as it is aborted. */
  next(): Promise<Batch>;
  /** Asks for those that may be asked for ahead. */
  ask(): void;
  /** Forgets what was asked for; it is disposed when it comes. */
  close(): void;
}

/** Which batches are asked for. */
interface Span {
  /** Number of the first batch. */
  readonly from: number;
  /** Number of the first batch not to ask for. */
  readonly to: number;
  /** Batches asked for before they are needed. Default 1. */
  readonly ahead?: number | undefined;
}

/** Hands out the batches of a span. */
export function prefetched<Batch>(
  source: BatchSource<Batch>,
  { from, to, ahead = 1 }: Span,
  signal?: AbortSignal,
): Prefetched<Batch> {
  let number = from;
  let coming: Promise<Batch>[] = [];
  const askUpTo = (count: number) => {
    while (coming.length < count && number < to) {
      const current = number++;
      // so that a source that throws at once rejects, too
      const batch = Promise.resolve().then(() => source.batch(current));
      batch.catch(() => {}); // reported by the `next` that asks for it
      coming.push(batch);
    }
  };
  return {
    ask: () => askUpTo(ahead),
    next: async () => {
      askUpTo(1);
      const batch = await unlessAborted(coming[0]!, signal);
      coming = coming.slice(1);
      return batch;
    },
    close: () => {
      for (const batch of coming) void batch.then(disposeBatch, () => {});
      coming = [];
    },
  };
}

/** Frees a batch: by its own `dispose`, if it has one, else every tensor in it. */
export function disposeBatch(batch: unknown): void {
  if (isDisposable(batch)) batch.dispose();
  else tf.dispose(batch as tf.TensorContainer);
}

const isDisposable = (batch: unknown): batch is DisposableBatch =>
  typeof (batch as Partial<DisposableBatch> | null | undefined)?.dispose === "function";

/** The tensors of a batch. One with a `dispose` may have anything inside: only its properties are looked at. */
function tensorsOf(batch: unknown): tf.Tensor[] {
  if (batch instanceof tf.Tensor || !isDisposable(batch))
    return tf.tensor_util.getTensorsInContainer(batch as tf.TensorContainer);
  return Object.values(batch).filter((value) => value instanceof tf.Tensor);
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
export const leadingAxis = (batch: unknown): number => tensorsOf(batch)[0]?.shape[0] ?? 1;

/** @throws Error for a batch that the source has handed out before, or whose tensors it has disposed itself */
export function requireAlive(number: number, batch: unknown): void {
  if (tensorsOf(batch).some(({ isDisposed }) => isDisposed))
    throw new Error(
      `fit: batch ${number} has a tensor that is disposed already. \`fit\` disposes each batch after its step, so ` +
        "`batches.batch` must make new tensors each time it is called; of tensors that it keeps, return `tf.clone(x)`.",
    );
}
