import * as tf from "@tensorflow/tfjs-core";
import { fromBfloat16, fromFloat16 } from "./half.js";
import { readHeader, type Dtype, type Entry } from "./safetensors-header.js";

/** What a safetensors file holds. */
export interface Safetensors {
  /** The caller's to dispose. */
  readonly tensors: Record<string, tf.Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Tensors and metadata from the bytes of a safetensors file (https://huggingface.co/docs/safetensors).
 * Floats of every width become float32, whole numbers int32, BOOL bool.
 *
 * @throws RangeError for a malformed or truncated file, a dtype there is no tensor for, or an I64 beyond 32 bits; then no
 * tensor has been made
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { entries, metadata, start } = readHeader(bytes);
  const read = entries.map((entry) => ({ ...entry, values: valuesOf(entry, bytes, start) }));
  const tensors = read.map(({ name, shape, values: [values, dtype] }) => [name, tf.tensor(values, [...shape], dtype)]);
  return { tensors: Object.fromEntries(tensors) as Record<string, tf.Tensor>, metadata };
}

type Values = readonly [Float32Array | Int32Array | Uint8Array, "float32" | "int32" | "bool"];

const READERS: Readonly<Record<Dtype, (buffer: ArrayBuffer) => Values>> = {
  F64: (buffer) => [Float32Array.from(new Float64Array(buffer)), "float32"],
  F32: (buffer) => [new Float32Array(buffer), "float32"],
  F16: (buffer) => [fromFloat16(new Uint16Array(buffer)), "float32"],
  BF16: (buffer) => [fromBfloat16(new Uint16Array(buffer)), "float32"],
  I64: (buffer) => [Int32Array.from(new BigInt64Array(buffer), narrow), "int32"],
  I32: (buffer) => [new Int32Array(buffer), "int32"],
  I16: (buffer) => [Int32Array.from(new Int16Array(buffer)), "int32"],
  I8: (buffer) => [Int32Array.from(new Int8Array(buffer)), "int32"],
  U16: (buffer) => [Int32Array.from(new Uint16Array(buffer)), "int32"],
  U8: (buffer) => [Int32Array.from(new Uint8Array(buffer)), "int32"],
  BOOL: (buffer) => [new Uint8Array(buffer), "bool"],
};

function valuesOf({ name, dtype, begin, end }: Entry, bytes: Uint8Array, start: number): Values {
  const aligned = new Uint8Array(bytes.subarray(start + begin, start + end)).buffer; // a copy: the file may put numbers at odd addresses
  try {
    return READERS[dtype](aligned);
  } catch (cause) {
    throw new RangeError(`decodeSafetensors: tensor \`${name}\`: ${(cause as Error).message}`, { cause });
  }
}

function narrow(value: bigint): number {
  if (value !== BigInt.asIntN(32, value)) throw new RangeError(`I64 value ${value} does not fit 32 bits.`);
  return Number(value);
}
