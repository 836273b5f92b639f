import * as tf from "@tensorflow/tfjs-core";

/**
 * Throws if `run` leaks tensors. It runs once to warm up (caches and constants may be made), then `times` times. The
 * tensors that `run` returns are disposed; they are not a leak.
 *
 * @param times - default 3
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
