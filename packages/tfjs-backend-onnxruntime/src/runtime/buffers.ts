import type { Data } from "@fovea/onnx-graph";

type Kind = "float32" | "int32" | "bool";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Memory that waits to be used again, so that a training step after the first asks the system for nothing. */
export interface Buffers {
  /** An array of `length` numbers, whatever is in it; its buffer may be longer. */
  take(kind: Kind, length: number): Data;
  /** Gives back an array that was taken and that nobody else holds. */
  give(data: Data): void;
  /** Says of an array that was taken that it will not come back. */
  forget(data: Data): void;
  /** Bytes that wait. */
  readonly bytes: number;
  /** Lets go of all that wait, and forgets how much was once in use. */
  clear(): void;
}

/** Arrays below this many bytes are left to the garbage collector, which is quicker with them. */
const smallest = 4096;

/**
 * Bytes of the buffer for so many: four sizes to each power of two. Maps of any size then use the same few sizes of
 * memory again; as many sizes as there are maps leave the system's heap full of holes, which grow with every size.
 */
function capacityFor(bytes: number): number {
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2);
  return Math.ceil(bytes / step) * step;
}

/**
 * No more waits than was in use at once: what a training step needs again, however large, and never more than that.
 * Beyond, the sizes that were given back longest ago go first.
 */
export function bufferPool(): Buffers {
  const waiting = new Map<number, ArrayBuffer[]>();
  let [bytes, used, most] = [0, 0, 0];
  const drop = (capacity: number): ArrayBuffer => {
    const list = waiting.get(capacity)!;
    const buffer = list.pop()!;
    bytes -= capacity;
    if (list.length === 0) waiting.delete(capacity);
    return buffer;
  };
  const leave = ({ buffer: { byteLength } }: Data) => {
    if (byteLength >= smallest) used -= byteLength;
  };
  return {
    take(kind, length) {
      const needed = length * arrays[kind].BYTES_PER_ELEMENT;
      if (needed < smallest) return new arrays[kind](length);
      const capacity = capacityFor(needed);
      const buffer = waiting.has(capacity) ? drop(capacity) : new ArrayBuffer(capacity);
      most = Math.max(most, (used += capacity));
      return new arrays[kind](buffer, 0, length);
    },
    give(data) {
      leave(data);
      const buffer = data.buffer as ArrayBuffer;
      const capacity = buffer.byteLength;
      if (capacity < smallest) return;
      const list = waiting.get(capacity) ?? [];
      list.push(buffer);
      waiting.delete(capacity); // to the end: used last
      waiting.set(capacity, list);
      bytes += capacity;
      while (bytes > most) drop(waiting.keys().next().value!);
    },
    forget: leave,
    get bytes() {
      return bytes;
    },
    clear() {
      waiting.clear();
      bytes = 0;
      most = used;
    },
  };
}
