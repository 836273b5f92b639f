import * as tf from "@tensorflow/tfjs-core";
import type { HostNumbers } from "./host-tensor.js";

const CHECK = "HostCheck";

/**
 * Shows the numbers of a tensor to `check`, in row order, and throws what `check` throws. For functions that refuse
 * numbers they cannot work with, such as labels that are no class. Returns nothing, and has no part in gradients.
 *
 * It waits for the engine if `x` is still being computed. A step that the engine has compiled shows its arguments
 * before each run, and what it computes after the run, but before any variable changes. So `check` must do nothing but
 * look and throw: no result may depend on it.
 *
 * @example inspect(labels, (numbers) => { if (numbers.some((label) => label < 0)) throw new RangeError("…"); })
 */
export function inspect(x: tf.Tensor, check: (numbers: HostNumbers) => void): void {
  if (!tf.getKernel(CHECK, tf.getBackend())) return check(x.dataSync());
  // a clone, so that a gradient never follows `x` through a kernel that has none
  tf.tidy(() => void tf.engine().runKernel(CHECK, { x: tf.clone(x) }, { check } as unknown as tf.NamedAttrMap));
}
