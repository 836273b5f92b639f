import type { Data } from "../graph/types.js";

type Kind = "float32" | "int32" | "bool";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Typed arrays that wait to be used again, so that a training step after the first asks the system for nothing. */
export interface Buffers {
  /** An array of `length` numbers, whatever is in it. */
  take(kind: Kind, length: number): Data;
  /** Gives back an array that was taken and that nobody else holds. */
  give(kind: Kind, data: Data): void;
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
 * No more waits than was in use at once: what a training step needs again, however large, and never more than that. Beyond,
 * the kinds and lengths that were given back longest ago go first.
 */
export function bufferPool(): Buffers {
  const waiting = new Map<string, Data[]>();
  let [bytes, used, most] = [0, 0, 0];
  const drop = (key: string): Data => {
    const list = waiting.get(key)!;
    const data = list.pop()!;
    bytes -= data.byteLength;
    if (list.length === 0) waiting.delete(key);
    return data;
  };
  const leave = ({ byteLength }: Data) => {
    if (byteLength >= smallest) used -= byteLength;
  };
  return {
    take(kind, length) {
      const key = kind + length;
      const data = waiting.has(key) ? drop(key) : new arrays[kind](length);
      if (data.byteLength >= smallest) most = Math.max(most, (used += data.byteLength));
      return data;
    },
    give(kind, data) {
      leave(data);
      if (data.byteLength < smallest) return;
      const key = kind + data.length;
      const list = waiting.get(key) ?? [];
      list.push(data);
      waiting.delete(key); // to the end: used last
      waiting.set(key, list);
      bytes += data.byteLength;
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
