import { once } from "./sharing.js";
import type { Data, Type, Value } from "./types.js";
import { sizeOf } from "./types.js";

/** An input of a graph, and what to feed it. */
export interface Feed {
  readonly value: Value;
  /** The number of the source that its elements come from, or a constant's numbers. */
  readonly from: number | Data;
  /** The source's first element that is fed. */
  readonly start: number;
}

/** Numbers that are part of a model. */
export interface Initializer {
  readonly value: Value;
  readonly data: Data;
}

/** Makes a value, with a new name if none is given. */
export type NewValue = (type: Type, shape: readonly number[], name?: string) => Value;

/** Reads the numbers of a value without a node: as many as `shape` has, from element `start` on. */
type View = (start: number, shape: readonly number[]) => Value;

/** Values whose numbers can be had in part, or under another shape, without a node. */
export type Views = Map<Value, View>;

/** The inputs of a graph. `views`, where given, learns how the numbers of a source are fed once more. */
export function feedList(newValue: NewValue, views?: Views) {
  const feeds: Feed[] = [];
  const known = new Map<string, Value>(); // by source, start and shape
  function feed(type: Type, shape: readonly number[], from: number | Data, start = 0, name?: string): Value {
    const make = (): Value => {
      const made: Feed = { value: newValue(type, shape, name), from, start };
      feeds.push(made);
      if (typeof from === "number") views?.set(made.value, (more, sides) => feed(type, sides, from, start + more));
      return made.value;
    };
    return typeof from === "number" ? once(known, `${from}:${start}:${shape.join()}`, make) : make();
  }
  return { feeds, feed };
}

/**
 * The numbers that are part of a model: those of constants that a node reads, as each says by `use`. `views` learns how
 * constants are read in part, or under another shape.
 */
export function initializerList(newValue: NewValue, views: Views) {
  const initializers: Initializer[] = [];
  const unused = new Map<Value, Data>();
  const numbers = new Map<Value, Data>();
  /** @param parts - the values over parts of `all` that there are, by where they start and their shape */
  function constant(type: Type, all: Data, shape: readonly number[], at = 0, parts = new Map<string, Value>()): Value {
    const size = sizeOf(shape);
    const value = newValue(type, shape);
    const data = size === all.length ? all : all.subarray(at, at + size);
    unused.set(value, data);
    numbers.set(value, data);
    parts.set(`${at}:${shape.join()}`, value);
    views.set(value, (start, sides) => {
      const known = parts.get(`${at + start}:${sides.join()}`);
      return known ?? constant(type, all, sides, at + start, parts);
    });
    return value;
  }
  function use(value: Value): Value {
    const data = unused.get(value);
    if (data) initializers.push({ value, data });
    unused.delete(value);
    return value;
  }
  return { initializers, constant, use, numbers };
}

export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((side, i) => side === b[i]);
