import { open, type FileHandle } from "node:fs/promises";
import type * as tf from "@tensorflow/tfjs-core";
import { tensorsOf, valuesOf, type Safetensors, type Values } from "../weights/decode-safetensors.js";
import { encodeSafetensors } from "../weights/encode-safetensors.js";
import { headerLength, parseHeader, PREFIX, type Entry } from "../weights/safetensors-header.js";
import { writeFileAtomic } from "./write-file-atomic.js";

/** Saves tensors to a safetensors file. The file is either complete or not there, even after a crash. */
export async function saveSafetensors(
  path: string,
  tensors: Readonly<Record<string, tf.Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/** Options of `readSafetensors`. */
export interface ReadSafetensorsOptions {
  /** Which tensors are read, by name. The bytes of the others are not read from the disk. Default: all. */
  readonly only?: (name: string) => boolean;
}

/**
 * Reads a safetensors file of any size, tensor by tensor. The caller disposes the tensors.
 *
 * @param source - the path of the file, or the file opened for reading, which stays open
 * @throws RangeError for what `decodeSafetensors` refuses; it names the file if `source` is a path
 */
export async function readSafetensors(
  source: string | FileHandle,
  { only = () => true }: ReadSafetensorsOptions = {},
): Promise<Safetensors> {
  return typeof source === "string" ? readPath(source, only) : readFrom(source, only);
}

async function readPath(path: string, only: (name: string) => boolean): Promise<Safetensors> {
  const file = await open(path);
  try {
    return await readFrom(file, only);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`readSafetensors: ${path}: ${cause.message}`, { cause });
  } finally {
    await file.close();
  }
}

async function readFrom(file: FileHandle, only: (name: string) => boolean): Promise<Safetensors> {
  const { size } = await file.stat();
  const length = headerLength(await bytesAt(file, 0, Math.min(size, PREFIX)), size);
  const start = PREFIX + length;
  const { entries, metadata } = parseHeader(await bytesAt(file, PREFIX, length), size - start);
  const wanted = entries.filter(({ name }) => only(name));
  const values: Values[] = [];
  for (const entry of wanted) values.push(valuesOf(entry, await bufferOf(file, start, entry)));
  return { tensors: tensorsOf(wanted, values), metadata };
}

async function bufferOf(file: FileHandle, start: number, { name, begin, end }: Entry): Promise<ArrayBuffer> {
  try {
    return (await bytesAt(file, start + begin, end - begin)).buffer;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`decodeSafetensors: tensor \`${name}\` of ${end - begin} bytes: ${cause.message}.`, { cause });
  }
}

/** Bytes of one read: Node cannot read 2 GiB at once. */
const READ_SIZE = 2 ** 30;

/** Reads bytes. @throws RangeError if they do not fit into one buffer, or the file has become shorter */
async function bytesAt(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(READ_SIZE, length - at), position + at);
    if (bytesRead === 0) throw new RangeError(`the file ended at ${position + at} bytes while it was read`);
    at += bytesRead;
  }
  return bytes;
}
