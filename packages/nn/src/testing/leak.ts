import * as tf from "@tensorflow/tfjs-core";

/**
 * Throws if `run` leaves tensors behind. It runs once to warm up (caches, lazily made constants), then `times` times.
 * Tensors that `run` returns are disposed: they are its result, not a leak.
 */
export function assertNoLeak(run: () => tf.TensorContainer | void, times = 3): void {
  const once = () => {
    const result = run();
    if (result) tf.dispose(result);
  };
  once();
  const before = tf.memory().numTensors;
  for (let i = 0; i < times; i++) once();
  const grown = tf.memory().numTensors - before;
  if (grown !== 0) throw new Error(`assertNoLeak: ${grown} tensors more after ${times} runs.`);
}
