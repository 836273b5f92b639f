import { open, type FileHandle } from "node:fs/promises";
import type * as tf from "@tensorflow/tfjs-core";
import { tensorsOf, valuesOf, type Safetensors, type Values } from "../weights/decode-safetensors.js";
import { encodeSafetensors } from "../weights/encode-safetensors.js";
import { headerLength, parseHeader, PREFIX, type Entry } from "../weights/safetensors-header.js";
import { writeFileAtomic } from "./write-file-atomic.js";

/** `encodeSafetensors` to a file, whole or not at all. */
export async function saveSafetensors(
  path: string,
  tensors: Readonly<Record<string, tf.Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/** What `readSafetensors` is told. */
export interface ReadOptions {
  /** Which tensors are read, by name; the bytes of the others stay on the disk. Default: all. */
  readonly only?: (name: string) => boolean;
}

/**
 * `decodeSafetensors` of a file of any size, which is read tensor by tensor. The caller disposes the tensors.
 *
 * @param source - the file's path; or the file, opened for reading, which stays open
 * @throws RangeError for what `decodeSafetensors` refuses; it names the file if it was given by its path
 */
export async function readSafetensors(
  source: string | FileHandle,
  { only = () => true }: ReadOptions = {},
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

/** Node reads no 2 GiB at once. */
const AT_ONCE = 2 ** 30;

/** @throws RangeError if the engine cannot hold them in one piece, or the file has become shorter */
async function bytesAt(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(AT_ONCE, length - at), position + at);
    if (bytesRead === 0) throw new RangeError(`the file ended at ${position + at} bytes while it was read`);
    at += bytesRead;
  }
  return bytes;
}
