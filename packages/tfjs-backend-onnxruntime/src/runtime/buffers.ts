import type { Data } from "../graph/types.js";

type Kind = "float32" | "int32" | "bool";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Typed arrays that wait to be used again, so that a training step after the first asks the system for nothing. */
export interface Buffers {
  /** An array of `length` numbers, whatever is in it. */
  take(kind: Kind, length: number): Data;
  /** Gives back an array that nobody else holds. */
  give(kind: Kind, data: Data): void;
  /** Bytes that wait. */
  readonly bytes: number;
  clear(): void;
}

/** Arrays below this many bytes are left to the garbage collector, which is quicker with them. */
const smallest = 4096;

/** @param limit - most bytes that may wait; the kinds and lengths that were given back longest ago go first */
export function bufferPool(limit: number): Buffers {
  const waiting = new Map<string, Data[]>();
  let bytes = 0;
  const drop = (key: string) => {
    const list = waiting.get(key)!;
    bytes -= list.pop()!.byteLength;
    if (list.length === 0) waiting.delete(key);
  };
  return {
    take(kind, length) {
      const key = kind + length;
      const data = waiting.get(key)?.at(-1);
      if (!data) return new arrays[kind](length);
      drop(key);
      return data;
    },
    give(kind, data) {
      if (data.byteLength < smallest || data.byteLength > limit) return;
      const key = kind + data.length;
      const list = waiting.get(key) ?? [];
      list.push(data);
      waiting.delete(key); // to the end: used last
      waiting.set(key, list);
      bytes += data.byteLength;
      while (bytes > limit) drop(waiting.keys().next().value!);
    },
    get bytes() {
      return bytes;
    },
    clear() {
      waiting.clear();
      bytes = 0;
    },
  };
}
