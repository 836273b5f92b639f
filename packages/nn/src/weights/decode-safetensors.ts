import * as tf from "@tensorflow/tfjs-core";
import { fromBfloat16, fromFloat16, fromFloat8E4M3, fromFloat8E5M2 } from "./small-floats.js";
import { headerLength, parseHeader, PREFIX, type Dtype, type Entry } from "./safetensors-header.js";

/** The contents of a safetensors file. */
export interface Safetensors {
  /** The tensors by name. The caller disposes them. */
  readonly tensors: Record<string, tf.Tensor>;
  /** The strings that were saved with the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the tensors and the metadata from the bytes of a safetensors file (https://huggingface.co/docs/safetensors).
 * Floats become float32 (F64 is rounded, narrower floats are exact), integers become int32, BOOL becomes bool.
 *
 * @throws RangeError for a malformed or truncated file, an unknown dtype, an F64 beyond float32, or an I64, U64 or U32
 * beyond int32; then no tensor has been made
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const start = PREFIX + headerLength(bytes.subarray(0, PREFIX), bytes.length);
  const { entries, metadata } = parseHeader(bytes.subarray(PREFIX, start), bytes.length - start);
  // a copy: the file may put numbers at odd addresses
  const bytesOf = ({ begin, end }: Entry) => new Uint8Array(bytes.subarray(start + begin, start + end)).buffer;
  const read = entries.map((entry) => valuesOf(entry, bytesOf(entry)));
  return { tensors: tensorsOf(entries, read), metadata };
}

/** Makes the tensors of a file, by name. @param values - the numbers of each entry, in the same order */
export const tensorsOf = (entries: readonly Entry[], values: readonly Values[]): Record<string, tf.Tensor> =>
  Object.fromEntries(
    entries.map(({ name, shape }, i) => {
      const [numbers, dtype] = values[i]!;
      return [name, tf.tensor(numbers, [...shape], dtype)];
    }),
  );

/** The numbers of a tensor, and its dtype. */
export type Values = readonly [Float32Array | Int32Array | Uint8Array, "float32" | "int32" | "bool"];

/**
 * Converts the bytes of one tensor to numbers.
 *
 * @param buffer - the bytes of the tensor, and no others
 * @throws RangeError that names the tensor, for an unknown dtype, or a number that does not fit
 */
export function valuesOf({ name, dtype }: Entry, buffer: ArrayBuffer): Values {
  const read = READERS[dtype];
  const bad = (what: string, cause?: unknown) =>
    new RangeError(`decodeSafetensors: tensor \`${name}\`: ${what}`, { cause });
  if (!read) throw bad(`dtype ${dtype} cannot be read; can be read: ${Object.keys(READERS).join(", ")}.`);
  try {
    return read(buffer);
  } catch (cause) {
    throw bad((cause as Error).message, cause);
  }
}

const READERS: Readonly<Partial<Record<Dtype, (buffer: ArrayBuffer) => Values>>> = {
  F64: (buffer) => [narrowFloats(new Float64Array(buffer)), "float32"],
  F32: (buffer) => [new Float32Array(buffer), "float32"],
  F16: (buffer) => [fromFloat16(new Uint16Array(buffer)), "float32"],
  BF16: (buffer) => [fromBfloat16(new Uint16Array(buffer)), "float32"],
  F8_E4M3: (buffer) => [fromFloat8E4M3(new Uint8Array(buffer)), "float32"],
  F8_E5M2: (buffer) => [fromFloat8E5M2(new Uint8Array(buffer)), "float32"],
  I64: (buffer) => [Int32Array.from(new BigInt64Array(buffer), narrow("I64")), "int32"],
  I32: (buffer) => [new Int32Array(buffer), "int32"],
  I16: (buffer) => [Int32Array.from(new Int16Array(buffer)), "int32"],
  I8: (buffer) => [Int32Array.from(new Int8Array(buffer)), "int32"],
  U64: (buffer) => [Int32Array.from(new BigUint64Array(buffer), narrow("U64")), "int32"],
  U32: (buffer) => [Int32Array.from(new Uint32Array(buffer), narrow("U32")), "int32"],
  U16: (buffer) => [Int32Array.from(new Uint16Array(buffer)), "int32"],
  U8: (buffer) => [Int32Array.from(new Uint8Array(buffer)), "int32"],
  BOOL: (buffer) => [new Uint8Array(buffer).map((byte) => (byte === 0 ? 0 : 1)), "bool"],
};

const narrow =
  (dtype: Dtype) =>
  (value: number | bigint): number => {
    const number = Number(value);
    if (number !== (number | 0)) throw new RangeError(`${dtype} value ${value} does not fit int32.`);
    return number;
  };

function narrowFloats(wide: Float64Array): Float32Array {
  const floats = Float32Array.from(wide);
  const lost = floats.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(wide[i]));
  if (lost >= 0) throw new RangeError(`F64 value ${wide[lost]} is beyond float32, which ends at 3.4e38.`);
  return floats;
}
