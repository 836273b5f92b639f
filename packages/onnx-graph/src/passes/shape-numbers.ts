import type { Node } from "../graph/graph.js";
import type { Initializer } from "../graph/sources.js";
import type { Data, Type, Value } from "../graph/types.js";

/** One number in each of several graphs that differ in the sizes of their inputs. */
export type Tuple = readonly number[];

/** A side of a value that is known when the model runs. */
interface OpenSide {
  readonly value: Value;
  readonly axis: number;
  readonly sides: Tuple;
}

/** A graph in the making that computes whole numbers from the shapes of its values. */
export interface ShapeNumbers {
  readonly nodes: Node[];
  readonly initializers: Initializer[];
  /** Tells of a value that is there from now on, as each of the graphs has it. */
  declare(values: readonly Value[], isInput?: boolean): void;
  /** The sides of a value that was declared. */
  sidesOf(value: Value): readonly Tuple[] | undefined;
  constant(type: Type, data: Data, shape: readonly number[]): Value;
  ints(...numbers: number[]): Value;
  emit(op: string, inputs: readonly Value[], shape: readonly number[], attributes?: Node["attributes"], type?: Type): Value; // prettier-ignore
  /** A whole number, [1]: a side, or a product of a few sides and a number, or a part of one. Undefined for others. */
  number(tuple: Tuple): Value | undefined;
  /** Whole numbers, [n]. */
  vector(tuples: readonly Tuple[]): Value | undefined;
}

export const isSame = (tuple: readonly number[]): boolean => tuple.every((n) => n === tuple[0]);

export const equal = (a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (n, i) => n === b[i]);

/** How many of the last sides are tried as factors. */
const near = 8;

export function shapeNumbers(): ShapeNumbers {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const sides = new Map<Value, readonly Tuple[]>();
  const [ofInputs, ofOthers]: [OpenSide[], OpenSide[]] = [[], []];
  const lookups = new Map<string, Value>();
  let count = 0;
  const fresh = (type: Type, shape: readonly number[]): Value => ({ name: `open_${count++}`, type, shape });

  const self: ShapeNumbers = {
    nodes,
    initializers,
    sidesOf: (value) => sides.get(value),
    declare(values, isInput = false) {
      const [value] = values as [Value];
      const all = value.shape.map((_, axis) => values.map(({ shape }) => shape[axis]!));
      sides.set(value, all);
      const open = all.flatMap((tuple, axis) => (isSame(tuple) ? [] : { value, axis, sides: tuple }));
      (isInput ? ofInputs : ofOthers).push(...open);
    },
    constant(type, data, shape) {
      const value = fresh(type, shape);
      initializers.push({ value, data });
      return value;
    },
    ints: (...numbers) => self.constant("int64", BigInt64Array.from(numbers, BigInt), [numbers.length]),
    emit(op, inputs, shape, attributes = {}, type = inputs[0]!.type) {
      const output = fresh(type, shape);
      nodes.push({ op, domain: "", inputs, outputs: [output], attributes });
      return output;
    },
    number(tuple) {
      if (isSame(tuple)) return self.ints(tuple[0]!);
      const exact = [...ofInputs, ...ofOthers.toReversed()].find((side) => equal(side.sides, tuple));
      return exact ? lengthOf(exact) : product(tuple);
    },
    vector(tuples) {
      const parts: Value[] = [];
      for (let i = 0; i < tuples.length; i++) {
        const next = tuples.findIndex((tuple, at) => at >= i && !isSame(tuple));
        const end = next < 0 ? tuples.length : next;
        if (end > i) parts.push(self.ints(...tuples.slice(i, end).map((tuple) => tuple[0]!)));
        if (end === tuples.length) break;
        const number = self.number(tuples[end]!);
        if (!number) return undefined;
        parts.push(number);
        i = end;
      }
      return parts.length === 1 ? parts[0] : self.emit("Concat", parts, [tuples.length], { axis: 0 });
    },
  };

  function lengthOf({ value, axis }: OpenSide): Value {
    const key = `${value.name} ${axis}`;
    const made = lookups.get(key) ?? self.emit("Shape", [value], [1], { start: axis, end: axis + 1 }, "int64");
    lookups.set(key, made);
    return made;
  }

  function product(tuple: Tuple): Value | undefined {
    for (const factors of productsOf(distinct([...ofInputs, ...ofOthers.slice(-near).toReversed()]))) {
      const products = tuple.map((_, i) => factors.reduce((all, side) => all * side.sides[i]!, 1));
      const times = tuple[0]! / products[0]!;
      const part = Math.round(1 / times);
      const isMultiple = Number.isInteger(times) && tuple.every((n, i) => n === times * products[i]!);
      if (!isMultiple && !tuple.every((n, i) => n * part === products[i])) continue;
      const base = factors.map(lengthOf).reduce((a, b) => self.emit("Mul", [a, b], [1]));
      if (!isMultiple) return self.emit("Div", [base, self.ints(part)], [1]);
      return times === 1 ? base : self.emit("Mul", [base, self.ints(times)], [1]);
    }
    return undefined;
  }

  return self;
}

const distinct = (all: readonly OpenSide[]): OpenSide[] =>
  all.filter((side, i) => all.findIndex(({ sides }) => equal(sides, side.sides)) === i);

/** One factor, then two, then three. */
function productsOf(all: readonly OpenSide[]): OpenSide[][] {
  const ones = all.map((side) => [side]);
  const more = (lists: OpenSide[][]) => lists.flatMap((list) => all.slice(all.indexOf(list.at(-1)!)).map((side) => [...list, side])); // prettier-ignore
  const twos = more(ones);
  return [...ones, ...twos, ...more(twos)];
}
