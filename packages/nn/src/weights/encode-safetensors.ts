import type * as tf from "@tensorflow/tfjs-core";

const DTYPES: Readonly<Record<string, string>> = { float32: "F32", int32: "I32", bool: "BOOL" };

interface Part {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Writes tensors as the bytes of a safetensors file (https://huggingface.co/docs/safetensors): float32 as F32, int32 as
 * I32, bool as BOOL. They are in alphabetical order of their names, so that equal tensors give equal bytes, and start
 * at a multiple of 8 bytes.
 *
 * @param metadata - any strings, such as a config in JSON
 * @throws TypeError for another dtype; RangeError for a tensor called `__metadata__`, or more bytes than one buffer
 * holds (4 GiB in Node 20)
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, tf.Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const parts = Object.keys(tensors)
    .sort()
    .map((name) => partOf(name, tensors[name]!));
  const header = headerOf(parts, metadata);
  const out = allocate(8 + header.length + parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
  new DataView(out.buffer).setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  let at = 8 + header.length;
  for (const { bytes } of parts) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    const why = "more than one buffer holds here; save it as several files";
    throw new RangeError(`encodeSafetensors: the file would have ${size} bytes, ${why}.`, { cause });
  }
}

function partOf(name: string, tensor: tf.Tensor): Part {
  if (name === "__metadata__") throw new RangeError("encodeSafetensors: no tensor may have the name `__metadata__`.");
  const dtype = DTYPES[tensor.dtype];
  if (dtype === undefined)
    throw new TypeError(`encodeSafetensors: \`${name}\` must be float32, int32 or bool, got ${tensor.dtype}.`);
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return { name, dtype, shape: tensor.shape, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

function headerOf(parts: readonly Part[], metadata: Readonly<Record<string, string>>): Uint8Array {
  let at = 0;
  const entries = parts.map(({ name, dtype, shape, bytes }) => {
    const begin = at;
    at += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, at] }] as const;
  });
  const notes = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const json = new TextEncoder().encode(JSON.stringify({ ...notes, ...Object.fromEntries(entries) }));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20); // spaces, as the format demands
  padded.set(json);
  return padded;
}
