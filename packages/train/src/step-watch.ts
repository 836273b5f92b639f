import * as tf from "@tensorflow/tfjs-core";
import { tensorWatch } from "./tensor-watch.js";
import { warn } from "./warn.js";

/**
 * Looks at each step for what does not end a run by itself: trainable params that the loss does not reach, each told
 * once, and tensors that leak.
 *
 * @returns (steps done, unreached params)
 * @throws Error, the result, for a leak if `leaks` is "error"
 */
export function stepWatch(
  leaks: "warn" | "error" | "ignore" = "warn",
): (steps: number, unreached: readonly string[]) => void {
  const told = new Set<string>();
  const leakSeen = tensorWatch();
  return (steps, unreached) => {
    const fresh = unreached.filter((name) => !told.has(name));
    for (const name of fresh) told.add(name);
    if (fresh.length > 0) warn(unreachedMessage(steps - 1, fresh));
    const leak = leaks === "ignore" ? undefined : leakSeen(steps, tf.memory().numTensors);
    if (leak !== undefined && leaks === "error") throw new Error(leak);
    if (leak !== undefined) warn(leak);
  };
}

const unreachedMessage = (step: number, names: readonly string[]): string =>
  `fit: at step ${step} the loss does not reach ${names.length} trainable params, which stay as they are: ` +
  `${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}. Freeze them if that is meant.`;
