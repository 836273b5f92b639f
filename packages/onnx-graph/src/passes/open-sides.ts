import type { Initializer } from "../graph/sources.js";
import type { Node } from "../graph/graph.js";
import { sizeOf, typeNumber, type Data, type Value } from "../graph/types.js";
import { constantsOf, prune, type ModelGraph } from "./model-graph.js";

/** One number in each of the graphs. */
type Tuple = readonly number[];

/** A side of a value that is known when the model runs. */
interface OpenSide {
  readonly value: Value;
  readonly axis: number;
  readonly sides: Tuple;
}

/** How `openSides` names what it refuses. */
export interface OpenSidesOptions {
  /** Says what a node is, such as the kernel and the line that it comes from. Default: its operator. */
  readonly describe?: (node: number) => string;
}

/**
 * One graph of several that do the same for inputs of other sizes. Constants in which they differ are computed from
 * shapes when the model runs, so that it is right for any size.
 *
 * @param graphs - at least two, node by node the same, of which no two differ in one size only; the result has the
 *   shapes of the first
 * @returns the graph, and for each value of it its sides in each of the graphs
 * @throws Error for graphs of other nodes, and for a constant or attribute that follows from no shape
 */
export function openSides(
  graphs: readonly ModelGraph[],
  { describe }: OpenSidesOptions = {},
): { readonly graph: ModelGraph; readonly sidesOf: (value: Value) => Tuple[] } {
  const first = graphs[0]!;
  const constants = graphs.map(constantsOf);
  const initializers: Initializer[] = [];
  const kept = new Set<Value>();
  const nodes: Node[] = [];
  const sides = new Map<Value, Tuple[]>();
  const open: OpenSide[] = []; // the sides of inputs, then of what nodes have made
  const lookups = new Map<string, Value>();
  let inputSides = 0;
  let count = 0;

  const refuse = (at: number, why: string): never => {
    const who = describe?.(at) ?? first.nodes[at]!.op;
    throw new Error(`${who} ${why}: the model would be right for one size only.`);
  };

  function declare(values: readonly Value[]): void {
    const all = values[0]!.shape.map((_, axis) => values.map(({ shape }) => shape[axis]!));
    sides.set(values[0]!, all);
    all.forEach((tuple, axis) => {
      if (!isSame(tuple)) open.push({ value: values[0]!, axis, sides: tuple });
    });
  }

  const fresh = (type: Value["type"], shape: readonly number[]): Value => ({ name: `open_${count++}`, type, shape });

  function constant(type: Value["type"], data: Data, shape: readonly number[]): Value {
    const value = fresh(type, shape);
    initializers.push({ value, data });
    return value;
  }

  const int = (n: number): Value => constant("int64", BigInt64Array.of(BigInt(n)), [1]);

  function emit(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: Node["attributes"] = {},
    type = inputs[0]!.type,
  ): Value {
    // prettier-ignore
    const output = fresh(type, shape);
    nodes.push({ op, domain: "", inputs, outputs: [output], attributes });
    return output;
  }

  /** [1] */
  function sideNode({ value, axis }: OpenSide): Value {
    const key = `${value.name} ${axis}`;
    const known = lookups.get(key);
    if (known) return known;
    const made = emit("Shape", [value], [1], { start: axis, end: axis + 1 }, "int64");
    lookups.set(key, made);
    return made;
  }

  /** A whole number that differs, [1]: a side, or a product of a few sides and a number, or a part of one. */
  function numberNode(tuple: Tuple): Value | undefined {
    if (isSame(tuple)) return int(tuple[0]!);
    const exact = [...open.slice(0, inputSides), ...open.slice(inputSides).toReversed()].find(({ sides: s }) => equal(s, tuple)); // prettier-ignore
    if (exact) return sideNode(exact);
    const distinct = distinctOf([...open.slice(0, inputSides), ...open.slice(-8).toReversed()]);
    for (const factors of productsOf(distinct)) {
      const product = tuple.map((_, i) => factors.reduce((all, { sides: s }) => all * s[i]!, 1));
      const times = tuple.map((n, i) => n / product[i]!);
      const [times0, inverse] = [times[0]!, 1 / times[0]!];
      const isMultiple = isSame(times) && Number.isInteger(times0);
      const isPart = tuple.every((n, i) => n * Math.round(inverse) === product[i]);
      if (!isMultiple && !isPart) continue;
      const base = factors.map(sideNode).reduce((a, b) => emit("Mul", [a, b], [1]));
      if (isMultiple) return times0 === 1 ? base : emit("Mul", [base, int(times0)], [1]);
      return emit("Div", [base, int(Math.round(inverse))], [1]);
    }
    return undefined;
  }

  /** Whole numbers of which some differ, [n]. */
  function vector(tuples: readonly Tuple[]): Value | undefined {
    const parts: Value[] = [];
    for (let i = 0; i < tuples.length; i++) {
      const run = tuples.slice(i).findIndex((tuple) => !isSame(tuple));
      const length = run < 0 ? tuples.length - i : run;
      if (length > 0) {
        const numbers = tuples.slice(i, i + length).map((tuple) => BigInt(tuple[0]!));
        parts.push(constant("int64", BigInt64Array.from(numbers), [length]));
        i += length - 1;
        continue;
      }
      const node = numberNode(tuples[i]!);
      if (!node) return undefined;
      parts.push(node);
    }
    return parts.length === 1 ? parts[0] : emit("Concat", parts, [tuples.length], { axis: 0 });
  }

  /** Shape of a Reshape: 0 is the side that the input has there, and −1 what is left. */
  function reshapeShape(tuples: readonly Tuple[], from: readonly Tuple[]): Value | undefined {
    const differing = tuples.filter((tuple) => !isSame(tuple)).length;
    let rest = 0;
    const numbers = tuples.map((tuple, i) => {
      if (isSame(tuple)) return tuple[0]!;
      if (differing > 1 && from[i] && equal(from[i], tuple)) return 0;
      rest++;
      return -1;
    });
    if (rest <= 1) return constant("int64", BigInt64Array.from(numbers, BigInt), [numbers.length]);
    return vector(tuples);
  }

  /** What stands for constants that differ between the graphs. */
  function opened(node: Node, values: readonly Value[], data: readonly Data[]): Value | undefined {
    const { type, shape } = values[0]!;
    const tuples = (): Tuple[] =>
      Array.from({ length: data[0]!.length }, (_, i) => data.map((numbers) => Number(numbers[i])));
    const isOneShape = values.every((value) => equal(value.shape, shape));
    if (type === "int64" && isOneShape && shape.length === 1)
      return node.op === "Reshape" ? reshapeShape(tuples(), sides.get(node.inputs[0]!)!) : vector(tuples());
    if (isOneShape && sizeOf(shape) === 1) {
      const number = tuples()[0]!.every((n) => Number.isInteger(n) && n > 0) ? numberNode(tuples()[0]!) : undefined;
      const typed = number && (type === "int64" ? number : emit("Cast", [number], [1], { to: typeNumber[type] }, type));
      return typed && shape.length !== 1 ? emit("Reshape", [typed, constant("int64", BigInt64Array.from(shape, BigInt), [shape.length])], shape) : typed; // prettier-ignore
    }
    return repeatedAlong(values, data) ?? steps(values, data);
  }

  /** The same numbers again and again along the axes that differ: one of them, repeated. */
  function repeatedAlong(values: readonly Value[], data: readonly Data[]): Value | undefined {
    const all = sidesOfValues(values);
    if (!all) return undefined;
    const small = all.map((tuple) => (isSame(tuple) ? tuple[0]! : 1));
    const parts = values.map(({ shape }, i) => repetition(data[i]!, shape, small));
    if (!parts.every((part) => part && equal(part, parts[0]!))) return undefined;
    const one = constant(values[0]!.type, typedLike(data[0]!, parts[0]!), small);
    const shape = vector(all);
    return shape && emit("Expand", [one, shape], values[0]!.shape);
  }

  /** 0, step, 2 · step, … over all elements. */
  function steps(values: readonly Value[], data: readonly Data[]): Value | undefined {
    const all = sidesOfValues(values);
    const step = Number(data[0]![1] ?? 0);
    const isSteps = data.every((numbers) => numbers.every((n: number | bigint, i: number) => Number(n) === i * step));
    const { type } = values[0]!;
    if (!all || !isSteps || step === 0 || !Number.isInteger(step)) return undefined;
    const count_ = numberNode(values.map(({ shape }) => sizeOf(shape)));
    const shape = vector(all);
    if (!count_ || !shape) return undefined;
    const end = emit(
      "Reshape",
      [emit("Mul", [count_, int(step)], [1]), constant("int64", BigInt64Array.of(), [0])],
      [],
    );
    const scalar = (n: number) => constant("int64", BigInt64Array.of(BigInt(n)), []);
    const size = [sizeOf(values[0]!.shape)];
    const range = emit("Range", [scalar(0), end, scalar(step)], size, {}, "int64");
    const typed = type === "int64" ? range : emit("Cast", [range], size, { to: typeNumber[type] }, type);
    return emit("Reshape", [typed, shape], values[0]!.shape);
  }

  function read(at: number, values: readonly (Value | undefined)[]): Value | undefined {
    const [value] = values;
    if (!value) return undefined;
    const data = values.map((x, i) => constants[i]!.get(x!));
    if (!data[0]) return value;
    const isSameData = data.every((numbers, i) => numbers && equal(values[i]!.shape, value.shape) && (numbers === data[0] || sameNumbers(numbers, data[0]!))); // prettier-ignore
    if (isSameData) {
      if (!kept.has(value)) initializers.push({ value, data: data[0] });
      kept.add(value);
      if (!sides.has(value)) sides.set(value, value.shape.map((side) => values.map(() => side))); // prettier-ignore
      return value;
    }
    const made = opened(first.nodes[at]!, values as Value[], data as Data[]);
    return made ?? refuse(at, `reads a constant, ${describeValues(values as Value[])}, that follows from no shape`);
  }

  first.inputs.forEach((_, i) => declare(graphs.map(({ inputs }) => inputs[i]!)));
  inputSides = open.length;
  if (graphs.some(({ nodes: others }) => others.length !== first.nodes.length)) {
    const at = first.nodes.findIndex(({ op }, i) => graphs.some((graph) => graph.nodes[i]?.op !== op));
    refuse(Math.max(0, at), "has other nodes for another size");
  }
  first.nodes.forEach((node, at) => {
    const same = graphs.map(({ nodes: all }) => all[at]!);
    if (same.some(({ op, inputs }) => op !== node.op || inputs.length !== node.inputs.length))
      refuse(at, "has other nodes for another size");
    for (const [name, value] of Object.entries(node.attributes))
      if (same.some(({ attributes }) => JSON.stringify(attributes[name]) !== JSON.stringify(value)))
        refuse(at, `has another attribute, \`${name}\`, for another size`);
    const inputs = node.inputs.map((_, k) => read(at, same.map(({ inputs: all }) => all[k]))); // prettier-ignore
    const { allowzero: _, ...attributes } = node.attributes; // no side is 0
    nodes.push({ ...node, inputs, attributes });
    node.outputs.forEach((_, k) => declare(same.map(({ outputs }) => outputs[k]!)));
  });
  return {
    graph: prune({ ...first, initializers, nodes }),
    sidesOf: (value) => sides.get(value) ?? value.shape.map((side) => graphs.map(() => side)),
  };
}

const isSame = (tuple: readonly number[]): boolean => tuple.every((n) => n === tuple[0]);

const equal = (a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (n, i) => n === b[i]);

const sameNumbers = (a: Data, b: Data): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (n, i) => Object.is(n, b[i]));

const describeValues = (values: readonly Value[]): string =>
  `${values[0]!.type} of shapes ${values.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ")}`;

/** The sides of values of one rank. */
function sidesOfValues(values: readonly Value[]): Tuple[] | undefined {
  const rank = values[0]!.shape.length;
  if (values.some(({ shape }) => shape.length !== rank)) return undefined;
  return values[0]!.shape.map((_, axis) => values.map(({ shape }) => shape[axis]!));
}

function distinctOf(all: readonly OpenSide[]): OpenSide[] {
  return all.filter((side, i) => all.findIndex(({ sides }) => equal(sides, side.sides)) === i);
}

/** One factor, then two, then three. */
function productsOf(all: readonly OpenSide[]): OpenSide[][] {
  const ones = all.map((side) => [side]);
  const more = (lists: OpenSide[][]) => lists.flatMap((list) => all.slice(all.indexOf(list.at(-1)!)).map((side) => [...list, side])); // prettier-ignore
  const twos = more(ones);
  return [...ones, ...twos, ...more(twos)];
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

const typedLike = (data: Data, numbers: readonly (number | bigint)[]): Data => {
  const made = data.slice(0, numbers.length) as Data;
  numbers.forEach((n, i) => (made[i] = n as never));
  return made;
};
