import type { Data, Type, Value } from "./types.js";
import { sizeOf } from "./types.js";

/** An ONNX attribute; numbers are ints, floats are written `{ float: x }`. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** How one output of a node looks. */
export interface Output {
  readonly type?: Type;
  readonly shape: readonly number[];
}

/** One node, as it will be written. */
export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Where ONNX nodes are emitted. A lowering sees this and nothing of what runs, stores or compiles them. */
export interface Graph {
  /**
   * Channels in a block of the layout that this machine's convolutions like best (see `blocked.ts`); 1 if it has none.
   */
  readonly block: number;
  /**
   * Appends a node with one output, whose type is its first input's unless given. An input that is `undefined` is an
   * optional one left out.
   */
  node(op: string, inputs: readonly (Value | undefined)[], out: Output, attributes?: NodeAttributes): Value;
  /** Adds a node of several outputs. */
  nodes(
    op: string,
    inputs: readonly (Value | undefined)[],
    outs: readonly Output[],
    attributes?: NodeAttributes,
  ): Value[];
  /** Numbers that are known when the graph is made. */
  constant(type: Type, values: readonly number[], shape?: readonly number[]): Value;
  /** Gives elements another shape, row by row. Costs nothing on inputs and outputs. */
  reshape(x: Value, shape: readonly number[]): Value;
  /** Takes as many elements as `shape` has, from element `start` on, row by row. Costs nothing on inputs. */
  run(x: Value, start: number, shape: readonly number[]): Value;
}

/** Attributes of a node, and the domain of its operator where that is not ONNX's own. */
export type NodeAttributes = Readonly<Record<string, Attribute | undefined>> & { readonly domain?: string };

/** An input of a finished graph: what to feed, and under which shape. */
export interface Feed {
  readonly value: Value;
  /** The number of the kernel's input, or the constant itself. */
  readonly from: number | Data;
  /** The input's first element that is fed. */
  readonly start: number;
}

/**
 * A graph whose inputs are those of one kernel: constants are fed too, so that kernels that differ in them share a
 * model.
 */
export interface KernelGraph extends Graph {
  readonly feeds: readonly Feed[];
  readonly emitted: readonly Node[];
  readonly inputs: readonly Value[];
  /** The value that holds `x`'s elements: `x` itself, or what it is a reshape of. */
  stored(x: Value): Value;
}

export function kernelGraph(inputs: readonly Omit<Value, "name">[], block = 1): KernelGraph {
  const feeds: Feed[] = [];
  const emitted: Node[] = [];
  const reshaped = new Map<Value, Value>(); // from a reshape not yet emitted to its source
  const sources = new Map<Value, Feed>(); // the feeds that are the kernel's inputs or parts of them
  let count = 0;
  const named = ({ type, shape }: Omit<Value, "name">): Value => ({ name: `v${count++}`, type, shape });
  const feed = (value: Omit<Value, "name">, from: number | Data, start = 0): Value => {
    const isIt = (other: Feed) => other.from === from && other.start === start && same(other.value.shape, value.shape);
    const known = feeds.find(isIt);
    if (known) return known.value;
    const made: Feed = { value: named(value), from, start };
    feeds.push(made);
    if (typeof from === "number") sources.set(made.value, made);
    return made.value;
  };

  const graph: KernelGraph = {
    block,
    feeds,
    emitted,
    inputs: [],
    stored: (x) => reshaped.get(x) ?? x,
    node: (op, of, out, attributes) => graph.nodes(op, of, [out], attributes)[0]!,
    nodes(op, of, outs, { domain = "", ...attributes } = {}) {
      const outputs = outs.map(({ type, shape }) => named({ type: type ?? of[0]!.type, shape }));
      const given = Object.entries(attributes).filter((entry): entry is [string, Attribute] => entry[1] !== undefined);
      emitted.push({
        op,
        domain,
        inputs: withoutTrailing(of).map((x) => (x ? used(x).name : "")),
        outputs: outputs.map(({ name }) => name),
        attributes: Object.fromEntries(given),
      });
      return outputs;
    },
    constant: (type, values, shape = [values.length]) => feed({ type, shape }, dataOf(type, values)),
    run,
    reshape(x, shape) {
      const source = reshaped.get(x) ?? x;
      if (sizeOf(shape) !== sizeOf(x.shape))
        throw new RangeError(`reshape: [${x.shape.join(", ")}] has no shape [${shape.join(", ")}].`);
      if (same(source.shape, shape)) return source;
      const input = sources.get(source);
      if (input) return feed({ type: x.type, shape }, input.from, input.start);
      const view: Value = { name: "", type: x.type, shape };
      reshaped.set(view, source);
      return view;
    },
  };

  function run(x: Value, start: number, shape: readonly number[]): Value {
    const size = sizeOf(shape);
    if (start < 0 || start + size > sizeOf(x.shape))
      throw new RangeError(`run: [${x.shape.join(", ")}] has no ${size} elements from ${start} on.`);
    const input = sources.get(reshaped.get(x) ?? x);
    if (input) return feed({ type: x.type, shape }, input.from, input.start + start);
    if (size === sizeOf(x.shape)) return graph.reshape(x, shape);
    const row = graph.reshape(x, [sizeOf(x.shape)]);
    const [from, to] = [start, start + size].map((n) => graph.constant("int64", [n])) as [Value, Value];
    return graph.reshape(graph.node("Slice", [row, from, to], { shape: [size] }), shape);
  }

  /** A reshape of what a node made becomes a node only when another node reads it. */
  function used(x: Value): Value {
    const source = reshaped.get(x);
    if (!source) return x;
    const shape = graph.constant("int64", x.shape);
    return graph.node("Reshape", [source, shape], { shape: x.shape }, { allowzero: 1 });
  }

  return Object.assign(graph, { inputs: inputs.map((value, i) => feed(value, i)) });
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((side, i) => side === b[i]);

function withoutTrailing<T>(list: readonly (T | undefined)[]): readonly (T | undefined)[] {
  const last = list.findLastIndex((item) => item !== undefined);
  return list.slice(0, last + 1);
}

function dataOf(type: Type, values: readonly number[]): Data {
  if (type === "int64") return BigInt64Array.from(values, BigInt);
  if (type === "float32") return Float32Array.from(values);
  if (type === "float64") return Float64Array.from(values);
  if (type === "int32") return Int32Array.from(values);
  return Uint8Array.from(values);
}
