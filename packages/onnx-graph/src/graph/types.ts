import type { DataType } from "@tensorflow/tfjs-core";

/** Element types of ONNX that occur in the graphs, as onnxruntime spells them. */
export type Type = "float32" | "int32" | "bool" | "int64" | "uint8" | "float64";

/** Numbers of onnx.proto's TensorProto.DataType. */
export const typeNumber: Readonly<Record<Type, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/** The ONNX type of a tfjs tensor, or undefined for strings and complex numbers, which ONNX Runtime is not given. */
export const typeOf = (dtype: DataType): "float32" | "int32" | "bool" | undefined =>
  dtype === "float32" || dtype === "int32" || dtype === "bool" ? dtype : undefined;

export type Data = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

/** One tensor in a graph. Its shape is known while the graph is made; the model that is run names only its rank. */
export interface Value {
  readonly name: string;
  readonly type: Type;
  readonly shape: readonly number[];
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  uint8: Uint8Array,
} as const;

/** Zeros, as many as a value has elements, in the kind of array that holds its type. */
export const zerosFor = ({ type, shape }: Pick<Value, "type" | "shape">): Data => new arrays[type](sizeOf(shape));

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
