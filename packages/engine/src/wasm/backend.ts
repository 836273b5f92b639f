import * as tf from "@tensorflow/tfjs-core";

/** The parts of tfjs-backend-wasm that this package reaches into. They are not public: the version is pinned. */
export interface WasmBackend {
  readonly wasm: {
    cwrap(name: string, returns: null, types: readonly ("number" | "array")[]): (...values: unknown[]) => void;
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { get(dataId: object): { readonly id: number; readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

export const wasmBackend = (): WasmBackend => tf.backend() as unknown as WasmBackend;

/**
 * The kernel's numbers where they lie in WebAssembly's memory. A later allocation may move that memory: use at once.
 */
export const heapOf = (x: tf.TensorInfo): Float32Array | Int32Array | Uint8Array => wasmBackend().typedArrayFromHeap(x);

/** A tensor of the given shape whose numbers are not set yet. */
export const uninitialized = (shape: readonly number[], dtype: tf.DataType): tf.Tensor =>
  tensorOf(wasmBackend().makeOutput(shape, dtype));

/** Byte offset of the tensor's numbers in WebAssembly's memory. */
export const heapAt = (x: tf.TensorInfo): number => wasmBackend().dataIdMap.get(x.dataId).memoryOffset;

export const tensorOf = (info: tf.TensorInfo): tf.Tensor => tf.engine().makeTensorFromTensorInfo(info);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
