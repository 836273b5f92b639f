import { readSafetensors, saveSafetensors } from "@fovea/nn/node";
import * as tf from "@tensorflow/tfjs-core";
import type { StoredFeatures } from "../feature-cache.js";

const NAME = "features";

/** Features as a safetensors file, which is complete or not there, with the hash of what they were computed from. */
export async function saveFeatures(path: string, { values, shape }: StoredFeatures, inputs: string): Promise<void> {
  const tensor = tf.tensor(values, [...shape]);
  try {
    await saveSafetensors(path, { [NAME]: tensor }, { inputs });
  } finally {
    tensor.dispose();
  }
}

/** The features of a file; undefined if there is no such file, it is damaged, or is of other inputs. */
export async function readFeatures(path: string, inputs: string): Promise<StoredFeatures | undefined> {
  const { tensors, metadata } = (await readSafetensors(path).catch(unlessMissingOrDamaged)) ?? {};
  if (!tensors) return undefined;
  try {
    const features = tensors[NAME];
    if (!features || metadata?.["inputs"] !== inputs) return undefined;
    return { values: new Float32Array(await features.data()), shape: features.shape };
  } finally {
    tf.dispose(tensors);
  }
}

/** A file that is damaged is computed again, as one that is missing. */
function unlessMissingOrDamaged(error: unknown): undefined {
  if (error instanceof RangeError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw error;
}
