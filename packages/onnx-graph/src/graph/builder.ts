import type { BlockedMap } from "./blocked-map.js";
import type { Attribute, Graph, Node, Output, Target } from "./graph.js";
import { reshapeList } from "./reshapes.js";
import { constantKey, nodeKey, once } from "./sharing.js";
import { feedList, initializerList, same, type Feed, type Initializer, type Views } from "./sources.js";
import type { Data, Type, Value } from "./types.js";
import { sizeOf } from "./types.js";

/** A graph in the making: it collects the nodes, and what they read. */
export interface GraphBuilder extends Graph {
  /** The inputs, in the order in which they were first needed. */
  readonly feeds: readonly Feed[];
  /** The constants that nodes read, if they are part of the model. */
  readonly initializers: readonly Initializer[];
  readonly emitted: readonly Node[];
  /**
   * Declares an input that is fed from source number `from`, from its element `start` on; default: the first. May be
   * called while nodes are being emitted.
   */
  input(value: Omit<Value, "name"> & { readonly name?: string }, from: number, start?: number): Value;
  /** A constant whose numbers are taken as they are, and not copied: for large ones such as weights. */
  data(type: Type, values: Data, shape: readonly number[]): Value;
  /** The value that holds `x`'s elements: `x` itself, what it is a reshape of, or what it was to be made of later. */
  stored(x: Value): Value;
  /**
   * `x` as an output of a model: a value that a node makes, in `x`'s own shape. A node is added where `x` is a reshape,
   * an input or a constant, or where the output is to have a name.
   */
  output(x: Value, name?: string): Value;
  /** The node that computes `x`'s elements; undefined for inputs and constants. */
  maker(x: Value): Node | undefined;
  /** The numbers of a constant that is part of the model, row by row; undefined for other values. */
  numbers(x: Value): Data | undefined;
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
  /**
   * `true`: maps stay in blocks between kernels, and what is computed of them is emitted when it is read. `false`
   * (default): each kernel reads and makes tfjs's order. No difference where the target has no blocks.
   */
  readonly keepsBlocks?: boolean;
  /** Whether filters that are read at this moment seldom change. Default: they do. */
  readonly filtersAreFixed?: (() => boolean) | undefined;
  /** `true`: nodes that compute the same are one, and so are small constants with the same numbers. Default false. */
  readonly shared?: boolean;
}

/**
 * An empty graph for `target`. Values are named `v0`, `v1`, … in the order in which they are made.
 *
 * @throws RangeError for a portable target with a blocked layout
 */
export function graphBuilder(
  target: Target,
  {
    constants = "initializers",
    views = false,
    keepsBlocks = false,
    filtersAreFixed,
    shared = false,
  }: GraphOptions = {},
): GraphBuilder {
  if (target.portable && target.block !== 1)
    throw new RangeError(`graphBuilder: expected \`block\` 1 for a portable target, which has no blocked layout, got ${target.block}.`); // prettier-ignore
  let count = 0;
  const newValue = (type: Type, shape: readonly number[], name = `v${count++}`): Value => ({ name, type, shape });
  const viewOf: Views = new Map();
  const { feeds, feed } = feedList(newValue, views ? viewOf : undefined);
  const { initializers, constant, use, numbers } = initializerList(newValue, viewOf);
  const reshapes = reshapeList();
  const emitted: Node[] = [];
  const makers = new Map<Value, Node>();
  const sharedNodes = new Map<string, readonly Value[]>();
  const sharedConstants = new Map<string, Value>();
  const awaited = new Map<Value, () => Value>(); // what emits a value that nothing has read yet
  const emittedFor = new Map<Value, Value>(); // by value that was awaited
  const maps = new Map<Value, BlockedMap>();

  /** Emits a node; where nodes are shared and there is the same already, that one. */
  function emit(
    op: string,
    domain: string,
    of: Node["inputs"],
    outs: readonly Required<Output>[],
    attributes: Node["attributes"],
    name?: string,
  ): readonly Value[] {
    const inputs = withoutTrailing(of).map((x) => x && use(read(x)));
    const make = (): readonly Value[] => {
      const outputs = outs.map(({ type, shape }) => newValue(type, shape, name));
      const node: Node = { op, domain, inputs, outputs, attributes };
      emitted.push(node);
      for (const output of outputs) makers.set(output, node);
      return outputs;
    };
    return shared ? once(sharedNodes, nodeKey(domain, op, inputs, outs, Object.entries(attributes)), make) : make();
  }

  /** A reshape of what a node made becomes a node only when another node reads it. */
  const read = (x: Value): Value =>
    reshapes.read(graph.reshape(stored(x), x.shape), (source) =>
      graph.node("Reshape", [source, graph.constant("int64", x.shape)], { shape: x.shape }, { allowzero: 1 }),
    );

  const graph: GraphBuilder = {
    target,
    feeds,
    initializers,
    emitted,
    input: ({ type, shape, name }, from, start) => feed(type, shape, from, start, name),
    data(type, values, shape) {
      const make = () => (constants === "fed" ? feed(type, shape, values) : constant(type, values, shape));
      const key = shared ? constantKey(type, values, shape) : undefined;
      return key === undefined ? make() : once(sharedConstants, key, make);
    },
    constant: (type, values, shape = [values.length]) => graph.data(type, dataOf(type, values), shape),
    filtersAreFixed,
    maker: (x) => makers.get(stored(x)),
    numbers: (x) => numbers.get(x),
    stored,
    output(x, name) {
      const y = read(x);
      return name === undefined && makers.has(y) ? y : emit("Identity", "", [y], [y], {}, name)[0]!;
    },
    maps:
      keepsBlocks && target.block > 1
        ? { get: (x) => maps.get(reshapes.sourceOf(x)), set: (x, map) => void maps.set(reshapes.sourceOf(x), map) }
        : undefined,
    later({ type, shape }, make) {
      const value: Value = { name: "", type, shape };
      awaited.set(value, make);
      return value;
    },
    node: (op, of, out, attributes) => graph.nodes(op, of, [out], attributes)[0]!,
    nodes(op, of, outs, { domain = "", ...attributes } = {}) {
      const given = Object.entries(attributes).filter((entry): entry is [string, Attribute] => entry[1] !== undefined);
      const typed = outs.map(({ type, shape }) => ({ type: type ?? of[0]!.type, shape }));
      return [...emit(op, domain, of, typed, Object.fromEntries(given))];
    },
    reshape(x, shape) {
      if (sizeOf(shape) !== sizeOf(x.shape))
        throw new RangeError(`reshape: [${x.shape.join(", ")}] has no shape [${shape.join(", ")}].`);
      const source = reshapes.sourceOf(x);
      if (same(source.shape, shape)) return source;
      return viewOf.get(source)?.(0, shape) ?? reshapes.reshape(source, shape);
    },
    run(x, start, shape) {
      const size = sizeOf(shape);
      if (start < 0 || start + size > sizeOf(x.shape))
        throw new RangeError(`run: [${x.shape.join(", ")}] has no ${size} elements from ${start} on.`);
      const view = viewOf.get(reshapes.sourceOf(x));
      if (view) return view(start, shape);
      if (size === sizeOf(x.shape)) return graph.reshape(x, shape);
      const row = graph.reshape(x, [sizeOf(x.shape)]);
      const [from, to] = [start, start + size].map((n) => graph.constant("int64", [n])) as [Value, Value];
      return graph.reshape(graph.node("Slice", [row, from, to], { shape: [size] }), shape);
    },
  };

  /** What a node or an input holds; emits it if it is awaited. */
  function stored(x: Value): Value {
    const source = reshapes.sourceOf(x);
    const make = awaited.get(source);
    if (make) {
      awaited.delete(source);
      emittedFor.set(source, stored(make()));
    }
    return emittedFor.get(source) ?? source;
  }

  return graph;
}

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
