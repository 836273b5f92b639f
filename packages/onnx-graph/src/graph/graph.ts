import type { BlockedMaps } from "./blocked-map.js";
import type { Type, Value } from "./types.js";

/** An ONNX attribute; numbers are ints, floats are written `{ float: x }` and `{ floats: [x, y] }`. */
export type Attribute =
  number | readonly number[] | string | { readonly float: number } | { readonly floats: readonly number[] };

/** How one output of a node looks. */
export interface Output {
  readonly type?: Type;
  readonly shape: readonly number[];
}

/** One operator with what it reads and what it makes. */
export interface Node {
  readonly op: string;
  /** What the node itself is called in a file. Default: nothing. */
  readonly name?: string;
  /** The operator set that the operator is of; `""` is ONNX's own. */
  readonly domain: string;
  /** `undefined` is an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** What the nodes will run on: lowerings choose their nodes by it. */
export interface Target {
  /**
   * Channels in a block of the layout that the machine's convolutions like best (see `blocked.ts`); 1 if it has none.
   */
  readonly block: number;
  /** Only operators of ONNX's own set, version 17, which every runtime knows; their `block` is 1. */
  readonly portable: boolean;
  /** Whether several threads run the nodes: then no node is used whose result depends on their order. */
  readonly parallel: boolean;
}

/** Where ONNX nodes are emitted. A lowering sees this and nothing of what runs, stores or compiles them. */
export interface Graph {
  readonly target: Target;
  /** Where maps stay in blocks between kernels: what is known of them. Undefined: each kernel reads tfjs's order. */
  readonly maps?: BlockedMaps | undefined;
  /** Whether filters are now read that seldom change, so that what is computed of them alone costs nothing. */
  readonly filtersAreFixed?: (() => boolean) | undefined;
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
  /** Gives elements another shape, row by row. Costs nothing where no node reads them in that shape. */
  reshape(x: Value, shape: readonly number[]): Value;
  /** A value whose nodes `make` emits when a node reads it, once; never, if none does. */
  later(out: Required<Output>, make: () => Value): Value;
  /** Takes as many elements as `shape` has, from element `start` on, row by row. */
  run(x: Value, start: number, shape: readonly number[]): Value;
}

/** Attributes of a node, and the domain of its operator where that is not ONNX's own. */
export type NodeAttributes = Readonly<Record<string, Attribute | undefined>> & { readonly domain?: string };
