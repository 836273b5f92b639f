import { same } from "./sources.js";
import type { Value } from "./types.js";

/** Values that are reshapes of others. Each becomes a node when the first node reads it. */
export interface Reshapes {
  /** The value whose numbers `x` has: `x` itself unless it is a reshape. */
  sourceOf(x: Value): Value;
  /** `source` under another shape; one value for each shape. */
  reshape(source: Value, shape: readonly number[]): Value;
  /** The value that a node may read: `x` itself, or what `make`, called once for each reshape, makes of its source. */
  read(x: Value, make: (source: Value) => Value): Value;
}

/** No reshapes yet. */
export function reshapeList(): Reshapes {
  const sources = new Map<Value, Value>(); // by reshape
  const reshapes = new Map<Value, Value[]>(); // by source
  const made = new Map<Value, Value>();
  return {
    sourceOf: (x) => sources.get(x) ?? x,
    reshape(source, shape) {
      const others = reshapes.get(source) ?? [];
      const known = others.find((other) => same(other.shape, shape));
      if (known) return known;
      const value: Value = { name: "", type: source.type, shape };
      reshapes.set(source, [...others, value]);
      sources.set(value, source);
      return value;
    },
    read(x, make) {
      const source = sources.get(x);
      if (!source) return x;
      const value = made.get(x) ?? make(source);
      for (const reshape of [x, value]) made.set(reshape, value);
      sources.set(value, source); // whoever reads the node's output reads a reshape, too
      return value;
    },
  };
}
