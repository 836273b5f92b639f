import * as tf from "@tensorflow/tfjs-core";
import type { Engine } from "./engine.js";

/**
 * Makes `engine` the one that tfjs uses, and has it multiply twice, a little and more than 64 KB.
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
    for (const side of [1, large]) await requireProduct(side);
  } catch (cause) {
    if (before && before !== tf.engine().backendName) await tf.setBackend(before);
    throw cause;
  }
}

/** A side whose square is more than 64 KB of floats: engines treat small results in ways of their own. */
const large = 129;

/** Throws unless 1·3 + 2·4 = 11 in each of `side`² places. It is not read by `dataSync`, which webgpu has not. */
async function requireProduct(side: number): Promise<void> {
  const product = tf.tidy(() => tf.matMul(tf.tile([[1, 2]], [side, 1]), tf.tile([[3], [4]], [1, side])));
  try {
    const wrong = (await product.data()).find((value) => value !== 11);
    if (wrong !== undefined) throw new Error(`it computes 1·3 + 2·4 = ${wrong}`);
  } finally {
    product.dispose();
  }
}

/** The first line of an error: native modules add entire build logs. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
