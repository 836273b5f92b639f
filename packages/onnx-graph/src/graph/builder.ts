import type { Attribute, Graph, Node, Target } from "./graph.js";
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

/** A graph in the making: it collects the nodes, and what they read. */
export interface GraphBuilder extends Graph {
  /** The inputs, in the order in which they were first needed. */
  readonly feeds: readonly Feed[];
  readonly initializers: readonly Initializer[];
  readonly emitted: readonly Node[];
  /** Declares an input that is fed from source number `from`. May be called while nodes are being emitted. */
  input(value: Omit<Value, "name"> & { readonly name?: string }, from: number): Value;
  /** A constant whose numbers are taken as they are, and not copied: for large ones such as weights. */
  data(type: Type, values: Data, shape: readonly number[]): Value;
  /** The value that holds `x`'s elements: `x` itself, or what it is a reshape of. */
  stored(x: Value): Value;
  /**
   * `x` as an output of a model: a value that a node makes, in `x`'s own shape. A node is added where `x` is a reshape,
   * an input or a constant, or where the output is to have a name.
   */
  output(x: Value, name?: string): Value;
}

/** What becomes of constants, and of inputs that are read in another way. */
export interface GraphOptions {
  /**
   * `"initializers"` (default) are part of the model. `"fed"`: constants are inputs, so that graphs that differ in them
   * alone are one model.
   */
  readonly constants?: "initializers" | "fed";
  /**
   * `true`: an input that is read under another shape, or in part, is one more feed from the same source, without a
   * copy. `false` (default): a Reshape or Slice node; each source is fed once.
   */
  readonly views?: boolean;
}

/** Feeds of sources, and constants: values of which a part or another shape is to be had without a node. */
interface Source {
  view(start: number, type: Type, shape: readonly number[]): Value;
}

/**
 * An empty graph for `target`. Values are named `v0`, `v1`, … in the order in which they are made.
 *
 * @throws RangeError for a portable target with a blocked layout
 */
export function graphBuilder(
  target: Target,
  { constants = "initializers", views = false }: GraphOptions = {},
): GraphBuilder {
  if (target.portable && target.block !== 1)
    throw new RangeError(`graphBuilder: expected \`block\` 1 for a portable target, which has no blocked layout, got ${target.block}.`); // prettier-ignore
  const feeds: Feed[] = [];
  const initializers: Initializer[] = [];
  const emitted: Node[] = [];
  const reshaped = new Map<Value, Value>(); // from a reshape to its source
  const reshapes = new Map<Value, Value[]>(); // from a source to its reshapes
  const shaped = new Map<Value, Value>(); // from a reshape to the value of its node, if one reads it
  const sources = new Map<Value, Source>();
  let count = 0;
  const named = (type: Type, shape: readonly number[], name = `v${count++}`): Value => ({ name, type, shape });

  function feed(type: Type, shape: readonly number[], from: number | Data, start = 0, name?: string): Value {
    const isIt = (other: Feed) => other.from === from && other.start === start && same(other.value.shape, shape);
    const known = feeds.find(isIt);
    if (known) return known.value;
    const made: Feed = { value: named(type, shape, name), from, start };
    feeds.push(made);
    if (views && typeof from === "number")
      sources.set(made.value, { view: (more, as, sides) => feed(as, sides, from, start + more) });
    return made.value;
  }

  /** @param known - the initializers that have the numbers already, in whatever shapes */
  function initializer(type: Type, data: Data, shape: readonly number[], known: Initializer[] = []): Value {
    const made = { value: named(type, shape), data };
    initializers.push(made);
    known.push(made);
    const view = (start: number, as: Type, sides: readonly number[]): Value => {
      const size = sizeOf(sides);
      if (size !== data.length) return initializer(as, data.subarray(start, start + size), sides);
      return known.find(({ value }) => same(value.shape, sides))?.value ?? initializer(as, data, sides, known);
    };
    sources.set(made.value, { view });
    return made.value;
  }

  const graph: GraphBuilder = {
    target,
    feeds,
    initializers,
    emitted,
    input: ({ type, shape, name }, from) => feed(type, shape, from, 0, name),
    data: (type, values, shape) => (constants === "fed" ? feed(type, shape, values) : initializer(type, values, shape)),
    constant: (type, values, shape = [values.length]) => graph.data(type, dataOf(type, values), shape),
    stored: (x) => reshaped.get(x) ?? x,
    output(x, name) {
      const y = used(x);
      if (name === undefined && emitted.some(({ outputs }) => outputs.includes(y))) return y;
      const value = named(y.type, y.shape, name);
      emitted.push({ op: "Identity", domain: "", inputs: [y], outputs: [value], attributes: {} });
      return value;
    },
    node: (op, of, out, attributes) => graph.nodes(op, of, [out], attributes)[0]!,
    nodes(op, of, outs, { domain = "", ...attributes } = {}) {
      const outputs = outs.map(({ type, shape }) => named(type ?? of[0]!.type, shape));
      const given = Object.entries(attributes).filter((entry): entry is [string, Attribute] => entry[1] !== undefined);
      const inputs = withoutTrailing(of).map((x) => x && used(x));
      emitted.push({ op, domain, inputs, outputs, attributes: Object.fromEntries(given) });
      return outputs;
    },
    reshape(x, shape) {
      const source = reshaped.get(x) ?? x;
      if (sizeOf(shape) !== sizeOf(x.shape))
        throw new RangeError(`reshape: [${x.shape.join(", ")}] has no shape [${shape.join(", ")}].`);
      if (same(source.shape, shape)) return source;
      const known = sources.get(source);
      if (known) return known.view(0, x.type, shape);
      const others = reshapes.get(source) ?? [];
      const other = others.find((view) => same(view.shape, shape));
      if (other) return other;
      const view: Value = { name: "", type: x.type, shape };
      reshapes.set(source, [...others, view]);
      reshaped.set(view, source);
      return view;
    },
    run(x, start, shape) {
      const size = sizeOf(shape);
      if (start < 0 || start + size > sizeOf(x.shape))
        throw new RangeError(`run: [${x.shape.join(", ")}] has no ${size} elements from ${start} on.`);
      const known = sources.get(reshaped.get(x) ?? x);
      if (known) return known.view(start, x.type, shape);
      if (size === sizeOf(x.shape)) return graph.reshape(x, shape);
      const row = graph.reshape(x, [sizeOf(x.shape)]);
      const [from, to] = [start, start + size].map((n) => graph.constant("int64", [n])) as [Value, Value];
      return graph.reshape(graph.node("Slice", [row, from, to], { shape: [size] }), shape);
    },
  };

  /** A reshape of what a node made becomes a node only when another node reads it. */
  function used(x: Value): Value {
    const source = reshaped.get(x);
    if (!source) return x;
    const known = shaped.get(x);
    if (known) return known;
    const shape = graph.constant("int64", x.shape);
    const made = graph.node("Reshape", [source, shape], { shape: x.shape }, { allowzero: 1 });
    shaped.set(x, made);
    return made;
  }

  return graph;
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
