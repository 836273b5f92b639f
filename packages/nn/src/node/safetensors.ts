import { readFile } from "node:fs/promises";
import type * as tf from "@tensorflow/tfjs-core";
import { decodeSafetensors, type Safetensors } from "../weights/decode-safetensors.js";
import { encodeSafetensors } from "../weights/encode-safetensors.js";
import { writeFileAtomic } from "./write-file-atomic.js";

/** `encodeSafetensors` to a file, whole or not at all. */
export async function saveSafetensors(
  path: string,
  tensors: Readonly<Record<string, tf.Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/** `decodeSafetensors` of a file. The caller disposes the tensors. @throws RangeError that names the file */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const bytes = await readFile(path);
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    throw new RangeError(`readSafetensors: ${path}: ${(cause as Error).message}`, { cause });
  }
}
