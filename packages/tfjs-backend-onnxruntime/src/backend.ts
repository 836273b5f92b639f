import type { Data } from "@fovea/onnx-graph";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { Compile } from "./compile/compiled.js";
import { RecordingError } from "./compile/recording-error.js";
import { bufferPool, type Buffers } from "./runtime/buffers.js";

/** What the backend keeps of one tensor. */
interface Stored {
  values?: tf.backend_util.BackendValues;
  dtype: tf.DataType;
  refCount: number;
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  /** Whether the numbers lie in an array of the pool that nobody outside has seen. */
  pooled?: boolean;
  /** Whether the tensor stands for one in a function that is recorded: it has no numbers. */
  abstract?: boolean;
}

/**
 * Tensors are typed arrays, as in the cpu backend, so that every cpu kernel works on them and native kernels need no
 * copy. Arrays that only native kernels have touched go back to a pool when their tensor is disposed. Whoever else asks
 * for the numbers, a cpu kernel or `dataSync`, may keep them or a view of them; such arrays leave the pool.
 */
export class OnnxRuntimeBackend extends MathBackendCPU {
  readonly buffers: Buffers = bufferPool();
  #nextId = 0;
  readonly #stored: Storage;

  /**
   * @param compile - for code that does not import this package, such as `fit` of `@fovea/train`
   * @param onDispose - told when tfjs removes the backend
   */
  constructor(
    readonly compile: Compile,
    private readonly onDispose: () => void,
  ) {
    super();
    this.#stored = new Storage(this, this.buffers);
    this.data = this.#stored as MathBackendCPU["data"];
  }

  override write(values: tf.backend_util.BackendValues, _shape: number[], dtype: tf.DataType): object {
    const dataId = { id: this.#nextId++ };
    this.#stored.set(dataId, { values, dtype, refCount: 1 });
    return dataId;
  }

  /** A tensor with numbers yet to be written, in an array of the pool. */
  uninitialized(shape: readonly number[], dtype: "float32" | "int32" | "bool"): { info: tf.TensorInfo; data: Data } {
    const data = this.buffers.take(dtype, tf.util.sizeFromShape(shape as number[]));
    const dataId = { id: this.#nextId++ };
    this.#stored.set(dataId, { values: data as tf.TypedArray, dtype, refCount: 1, pooled: true });
    return { info: { dataId, shape: shape as number[], dtype }, data };
  }

  /** Moves a tensor's numbers into an array of the pool, so that its memory is used again when it is disposed. */
  moveIntoPool(dataId: object): void {
    const stored = this.#stored.peek(dataId);
    if (stored.pooled || stored.dtype !== "float32" || !(stored.values instanceof Float32Array)) return;
    const data = this.buffers.take("float32", stored.values.length) as Float32Array;
    data.set(stored.values);
    Object.assign(stored, { values: data, pooled: true });
  }

  /** A tensor without numbers, for functions that are recorded. */
  abstract(shape: readonly number[], dtype: "float32" | "int32" | "bool"): tf.TensorInfo {
    const dataId = { id: this.#nextId++ };
    this.#stored.set(dataId, { dtype, refCount: 1, abstract: true });
    return { dataId, shape: shape as number[], dtype };
  }

  isAbstract(dataId: object): boolean {
    return this.#stored.peek(dataId).abstract ?? false;
  }

  /** The number of the next tensor's data; data have numbers in the order in which they are made. */
  get nextId(): number {
    return this.#nextId;
  }

  /** The tensor's numbers, for reading by code that keeps no hold of them. */
  numbers(dataId: object): tf.backend_util.BackendValues {
    return known(this.#stored.peek(dataId)).values!;
  }

  /** A tensor's numbers in an array of the kind that belongs to its type: tfjs lets them lie in another. */
  typedNumbers({ dataId, dtype }: tf.TensorInfo): Data {
    const values = this.numbers(dataId);
    if (dtype === "float32") return values instanceof Float32Array ? values : Float32Array.from(values as Int32Array);
    if (dtype === "int32") return values instanceof Int32Array ? values : Int32Array.from(values as Float32Array);
    return values instanceof Uint8Array ? values : Uint8Array.from(values as Int32Array);
  }

  /** Runs a kernel that passes tensors on and looks at no numbers: arrays of the pool stay the pool's. */
  passOn<T>(kernel: () => T): T {
    this.#stored.showing = false;
    try {
      return kernel();
    } finally {
      this.#stored.showing = true;
    }
  }

  override refCount(dataId: object): number {
    return this.#stored.has(dataId) ? this.#stored.peek(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    this.#stored.peek(dataId).refCount++;
  }

  override decRef(dataId: object): void {
    if (this.#stored.has(dataId)) this.#stored.peek(dataId).refCount--;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#stored.has(dataId)) return true;
    const stored = this.#stored.peek(dataId);
    stored.refCount--;
    if (!force && stored.refCount > 0) return false;
    const { real, imag } = stored.complexTensorInfos ?? {};
    for (const part of [real, imag]) if (part) this.disposeData(part.dataId, true);
    if (stored.pooled) this.buffers.give(stored.values as Data);
    this.#stored.delete(dataId);
    return true;
  }

  /** Numbers lie in JavaScript's memory: what tfjs counts is what there is. */
  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: false, reasons: [] };
  }

  override dispose(): void {
    this.buffers.clear();
    this.onDispose();
  }
}

/** Whether threads share the numbers: native code does not take such arrays, and a tensor's numbers must not change. */
const isShared = (values: Stored["values"]): values is tf.TypedArray =>
  Object.prototype.toString.call((values as tf.TypedArray | undefined)?.buffer) === "[object SharedArrayBuffer]";

function known(stored: Stored): Stored {
  if (!stored.abstract) return stored;
  throw new RecordingError(
    "a value was read that is only known when the compiled function runs: read arguments and variables before, and " +
      "results after",
  );
}

/** Remembers which arrays were shown to others, and keeps copies of those that other threads can write to. */
class Storage extends tf.DataStorage<Stored> {
  showing = true;

  constructor(
    backend: OnnxRuntimeBackend,
    private readonly buffers: Buffers,
  ) {
    super(backend, tf.engine());
  }

  override set(dataId: object, stored: Stored): void {
    super.set(dataId, isShared(stored.values) ? { ...stored, values: stored.values.slice() } : stored);
  }

  override get(dataId: object): Stored {
    const stored = this.showing ? known(super.get(dataId)) : super.get(dataId);
    if (this.showing && stored.pooled) {
      stored.values = this.withdrawn(stored.values as Data) as tf.TypedArray;
      stored.pooled = false;
    }
    return stored;
  }

  /** The array, out of the pool, with a buffer of its own: others may look at that, and not expect it to be longer. */
  private withdrawn(values: Data): Data {
    if (values.byteLength === values.buffer.byteLength) {
      this.buffers.forget(values);
      return values;
    }
    const copy = values.slice();
    this.buffers.give(values);
    return copy;
  }

  peek(dataId: object): Stored {
    return super.get(dataId);
  }
}
