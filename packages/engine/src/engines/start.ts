import * as tf from "@tensorflow/tfjs-core";
import type { Engine } from "./engine.js";

/**
 * Makes `engine` the one that tfjs uses, and has it multiply once.
 *
 * @throws whatever stood in the way; the engine in use before is then in use again
 */
export async function startEngine({ backend, load }: Engine): Promise<void> {
  const before = tf.engine().backendName;
  try {
    await load();
    if (!tf.findBackendFactory(backend))
      throw new Error(`its package registered no backend \`${backend}\` with this tfjs-core (is there another copy?)`);
    if (!(await tf.setBackend(backend))) throw new Error("tfjs could not initialize its backend");
    const product = await smallProduct();
    if (product !== 11) throw new Error(`it computes 1·3 + 2·4 = ${product}`);
  } catch (cause) {
    if (before && before !== tf.engine().backendName) await tf.setBackend(before);
    throw cause;
  }
}

/** Not read by `dataSync`, which webgpu has not. */
async function smallProduct(): Promise<number | undefined> {
  const product = tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]));
  try {
    return (await product.data())[0];
  } finally {
    product.dispose();
  }
}

/** The first line of an error: native modules add whole build logs. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
