import type { Data } from "@fovea/onnx-graph";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { bufferPool, type Buffers } from "./runtime/buffers.js";

/** What the backend keeps of one tensor. */
interface Stored {
  values?: tf.backend_util.BackendValues;
  dtype: tf.DataType;
  refCount: number;
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  /** Whether the numbers lie in an array of the pool that nobody outside has seen. */
  pooled?: boolean;
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

  /** @param onDispose - told when tfjs removes the backend */
  constructor(private readonly onDispose: () => void) {
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

  /** The tensor's numbers, for reading by code that keeps no hold of them. */
  numbers(dataId: object): tf.backend_util.BackendValues {
    return this.#stored.peek(dataId).values!;
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
    const stored = super.get(dataId);
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
