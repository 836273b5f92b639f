import { sizeOf, typeNumber, type Data, type Value } from "../graph/types.js";
import type { Node } from "../graph/graph.js";
import { equal, isSame, type ShapeNumbers, type Tuple } from "./shape-numbers.js";

/** A constant as each of several graphs has it. */
interface Constants {
  readonly values: readonly Value[];
  readonly data: readonly Data[];
}

/**
 * What computes, from shapes, a constant that `node` reads and that differs with the sizes of the inputs; undefined
 * where it follows from no shape.
 */
export function openConstant(numbers: ShapeNumbers, node: Node, { values, data }: Constants): Value | undefined {
  const { type, shape } = values[0]!;
  const isOneShape = values.every((value) => equal(value.shape, shape));
  const tuples = (): Tuple[] => Array.from({ length: data[0]!.length }, (_, i) => data.map((all) => Number(all[i])));
  if (type === "int64" && isOneShape && shape.length === 1)
    return node.op === "Reshape"
      ? reshapeShape(numbers, tuples(), numbers.sidesOf(node.inputs[0]!) ?? [])
      : numbers.vector(tuples());
  if (isOneShape && sizeOf(shape) === 1) return single(numbers, values[0]!, tuples()[0]!);
  const sides = sidesOf(values);
  return sides && (repeated(numbers, sides, { values, data }) ?? steps(numbers, sides, { values, data }));
}

/** The shape of a Reshape: 0 is the side that the input has there, and −1 what is left. */
function reshapeShape(numbers: ShapeNumbers, to: readonly Tuple[], from: readonly Tuple[]): Value | undefined {
  const differing = to.filter((tuple) => !isSame(tuple)).length;
  let left = 0;
  const sides = to.map((tuple, i) => {
    if (isSame(tuple)) return tuple[0]!;
    if (differing > 1 && from[i] && equal(from[i], tuple)) return 0;
    left++;
    return -1;
  });
  return left <= 1 ? numbers.ints(...sides) : numbers.vector(to);
}

/** One whole number of any type, such as the length of an axis that a sum is divided by. */
function single(numbers: ShapeNumbers, { type, shape }: Value, tuple: Tuple): Value | undefined {
  const number = tuple.every((n) => Number.isInteger(n) && n > 0) ? numbers.number(tuple) : undefined;
  const typed = number && type !== "int64" ? numbers.emit("Cast", [number], [1], { to: typeNumber[type] }, type) : number; // prettier-ignore
  return typed && shape.length !== 1 ? numbers.emit("Reshape", [typed, numbers.ints(...shape)], shape) : typed;
}

/** The sides of values of one rank. */
function sidesOf(values: readonly Value[]): Tuple[] | undefined {
  const { shape } = values[0]!;
  if (values.some((value) => value.shape.length !== shape.length)) return undefined;
  return shape.map((_, axis) => values.map((value) => value.shape[axis]!));
}

/** Numbers that are there again and again along the axes that differ: one of them, repeated. */
function repeated(numbers: ShapeNumbers, sides: readonly Tuple[], { values, data }: Constants): Value | undefined {
  const small = sides.map((tuple) => (isSame(tuple) ? tuple[0]! : 1));
  const parts = values.map(({ shape }, i) => repetition(data[i]!, shape, small));
  if (!parts.every((part) => part && equal(part, parts[0]!))) return undefined;
  const shape = numbers.vector(sides);
  if (!shape) return undefined;
  const part = data[0]!.slice(0, sizeOf(small)) as Data;
  parts[0]!.forEach((n, i) => (part[i] = n as never));
  return numbers.emit("Expand", [numbers.constant(values[0]!.type, part, small), shape], values[0]!.shape);
}

/** The part of shape `small` of which numbers of shape `shape` are the repetition, if they are. */
function repetition(data: Data, shape: readonly number[], small: readonly number[]): (number | bigint)[] | undefined {
  const part = new Array<number | bigint>(sizeOf(small));
  for (let at = 0; at < data.length; at++) {
    let [rest, place, step] = [at, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += step * ((rest % shape[axis]!) % small[axis]!);
      step *= small[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    if (part[place] === undefined) part[place] = data[at]!;
    else if (!Object.is(part[place], data[at])) return undefined;
  }
  return part;
}

/** 0, step, 2 · step, … over all elements. */
function steps(numbers: ShapeNumbers, sides: readonly Tuple[], { values, data }: Constants): Value | undefined {
  const step = Number(data[0]![1] ?? 0);
  const isSteps = data.every((all) => all.every((n: number | bigint, i: number) => Number(n) === i * step));
  if (!isSteps || step === 0 || !Number.isInteger(step)) return undefined;
  const count = numbers.number(values.map(({ shape }) => sizeOf(shape)));
  const shape = numbers.vector(sides);
  if (!count || !shape) return undefined;
  const scalar = (n: number) => numbers.constant("int64", BigInt64Array.of(BigInt(n)), []);
  const none = numbers.constant("int64", BigInt64Array.of(), [0]);
  const end = numbers.emit("Reshape", [numbers.emit("Mul", [count, numbers.ints(step)], [1]), none], []);
  const { type, shape: made } = values[0]!;
  const size = [sizeOf(made)];
  const range = numbers.emit("Range", [scalar(0), end, scalar(step)], size, {}, "int64");
  const typed = type === "int64" ? range : numbers.emit("Cast", [range], size, { to: typeNumber[type] }, type);
  return numbers.emit("Reshape", [typed, shape], made);
}
