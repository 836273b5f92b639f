import type { Initializer } from "../graph/sources.js";
import type { Node, NodeAttributes } from "../graph/graph.js";
import { sizeOf, type Data, type Type, type Value } from "../graph/types.js";
import { constantsOf, prune, type ModelGraph } from "./model-graph.js";

/** Operators that work element by element, on inputs whose shapes broadcast. */
const elementwise: ReadonlySet<string> = new Set(
  `Abs Acos Acosh Add And Asin Asinh Atan Atanh Cast Ceil Clip Cos Cosh Div Elu Equal Erf Exp Floor Greater GreaterOrEqual
  HardSigmoid Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Min Mod Mul Neg Not Or Pow PRelu Reciprocal Relu
  Round Sigmoid Sign Sin Sinh Softplus Sqrt Sub Sum Tan Tanh Where Xor`.split(/\s+/),
);

const reductions: ReadonlySet<string> = new Set(["ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum"]);

/** A value that is the Transpose of another by `perm`; no node makes it until one must read it. */
interface Lazy {
  readonly of: Value;
  readonly perm: readonly number[];
}

/** A graph that is written anew, node by node. */
interface Pass {
  /** The value for what a node of the old graph reads, and whether it is a Transpose yet to be made. */
  lazy(x: Value | undefined): Lazy | undefined;
  /** The value itself, by a node if need be. */
  now(x: Value): Value;
  isConstant(x: Value): boolean;
  numbers(x: Value | undefined): Data | undefined;
  ints(values: readonly number[]): Value;
  emit(op: string, inputs: readonly (Value | undefined)[], shape: readonly number[], type: Type, attributes?: NodeAttributes): Value; // prettier-ignore
}

/**
 * The graph with its Transposes moved towards its outputs, through everything that works along axes whatever their
 * order, until they meet their inverse and both go. What a lowering wraps in channels first and back, such as each of a
 * network's convolutions, then stays channels first from the first to the last.
 */
export function sinkTransposes(graph: ModelGraph): ModelGraph {
  const constants = constantsOf(graph);
  const initializers: Initializer[] = [...graph.initializers];
  const nodes: Node[] = [];
  const lazies = new Map<Value, Lazy>();
  const made = new Map<Value, Value>();
  const constant = new Set<Value>(constants.keys());
  let count = 0;

  const pass: Pass = {
    lazy: (x) => x && lazies.get(x),
    isConstant: (x) => constant.has(x),
    numbers: (x) => x && constants.get(x),
    now(x) {
      const lazy = lazies.get(x);
      if (!lazy) return x;
      const known = made.get(x);
      if (known) return known;
      nodes.push({ op: "Transpose", domain: "", inputs: [lazy.of], outputs: [x], attributes: { perm: lazy.perm } });
      made.set(x, x);
      return x;
    },
    ints(values) {
      const value: Value = { name: `sunk_ints_${count++}`, type: "int64", shape: [values.length] };
      initializers.push({ value, data: BigInt64Array.from(values, BigInt) });
      constant.add(value);
      return value;
    },
    emit(op, inputs, shape, type, attributes = {}) {
      const output: Value = { name: `sunk_${count++}`, type, shape };
      nodes.push({ op, domain: "", inputs, outputs: [output], attributes: attributes as Node["attributes"] });
      if (inputs.every((x) => !x || constant.has(x))) constant.add(output);
      return output;
    },
  };

  for (const node of graph.nodes) {
    const sunk = node.outputs.length === 1 && node.domain === "" ? sink(pass, node) : undefined;
    if (sunk) {
      lazies.set(node.outputs[0]!, sunk);
      continue;
    }
    nodes.push({ ...node, inputs: node.inputs.map((x) => x && pass.now(x)) });
    if (node.inputs.every((x) => !x || constant.has(x))) for (const output of node.outputs) constant.add(output);
  }
  const outputs = graph.outputs.map((x) => {
    const { of, perm } = lazies.get(x) ?? {};
    if (!of || !isIdentity(perm!)) return pass.now(x);
    nodes.push({ op: "Identity", domain: "", inputs: [of], outputs: [x], attributes: {} });
    return x;
  });
  return prune({ ...graph, initializers, nodes: withoutIdentities(nodes, lazies), outputs });
}

const isIdentity = (perm: readonly number[]): boolean => perm.every((axis, i) => axis === i);

/** Values whose Transposes have cancelled out are read as what they are. */
function withoutIdentities(nodes: readonly Node[], lazies: ReadonlyMap<Value, Lazy>): Node[] {
  const same = new Map([...lazies].flatMap(([x, { of, perm }]) => (isIdentity(perm) ? [[x, of] as const] : [])));
  const source = (x: Value): Value => (same.has(x) ? source(same.get(x)!) : x);
  return nodes.flatMap((node) => {
    const isGone = node.op === "Transpose" && same.has(node.outputs[0]!);
    return isGone ? [] : { ...node, inputs: node.inputs.map((x) => x && source(x)) };
  });
}

/** What becomes of a node whose Transpose can wait: the Transpose of another node. */
function sink(pass: Pass, node: Node): Lazy | undefined {
  const { op, inputs, outputs, attributes } = node;
  if (op === "Transpose") return composed(pass, inputs[0]!, attributes["perm"] as readonly number[]);
  if (op === "Identity") return composed(pass, inputs[0]!, [...inputs[0]!.shape.keys()]);
  const first = inputs.map((x) => pass.lazy(x)).find((lazy) => lazy !== undefined);
  if (!first) return undefined;
  if (elementwise.has(op)) return sinkElementwise(pass, node, first.perm);
  const lazy = pass.lazy(inputs[0]);
  if (!lazy) return undefined;
  if (reductions.has(op)) return sinkReduction(pass, node, lazy);
  const { type, shape } = outputs[0]!;
  const out = unpermuted(shape, lazy.perm);
  const { of, perm } = lazy;
  if (op === "Softmax") {
    const axis = perm.at(attributes["axis"] as number)!;
    return { of: pass.emit(op, [of], out, type, { axis }), perm };
  }
  if (op === "Concat") {
    const all = inputs.map((x) => pass.lazy(x));
    if (!all.every((x) => x && sameList(x.perm, perm))) return undefined;
    return { of: pass.emit(op, all.map((x) => x!.of), out, type, { axis: perm.at(attributes["axis"] as number)! }), perm }; // prettier-ignore
  }
  if (op === "Pad") {
    const pads = pass.numbers(inputs[1]);
    if (!pads) return undefined;
    const rank = perm.length;
    const moved = [0, rank].flatMap((from) => unpermuted([...pads].slice(from, from + rank).map(Number), perm));
    return { of: pass.emit(op, [of, pass.ints(moved), ...inputs.slice(2)], out, type, attributes), perm };
  }
  if (op === "Resize" && inputs[3]) {
    const sizes = pass.emit("Gather", [inputs[3], pass.ints(unpermuted(axesOf(perm), perm))], [perm.length], "int64");
    return { of: pass.emit(op, [of, undefined, undefined, sizes], out, type, attributes), perm };
  }
  if (op === "Slice") {
    const axes = pass.numbers(inputs[3]);
    if (!axes) return undefined;
    const moved = pass.ints([...axes].map((axis) => perm.at(Number(axis))!));
    return { of: pass.emit(op, [of, inputs[1], inputs[2], moved, inputs[4]], out, type), perm };
  }
  return undefined;
}

const sameList = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]); // prettier-ignore

/** What a list has in the order of axes before the Transpose by `perm`. */
function unpermuted(list: readonly number[], perm: readonly number[]): number[] {
  const before = new Array<number>(list.length);
  perm.forEach((axis, i) => (before[axis] = list[i]!));
  return before;
}

function composed(pass: Pass, x: Value, perm: readonly number[]): Lazy {
  const { of, perm: before } = pass.lazy(x) ?? { of: x, perm: perm.map((_, i) => i) };
  return { of, perm: perm.map((axis) => before[axis]!) };
}

function sinkElementwise(
  pass: Pass,
  { op, inputs, outputs, attributes }: Node,
  perm: readonly number[],
): Lazy | undefined {
  // prettier-ignore
  const { type, shape } = outputs[0]!;
  if (shape.length !== perm.length) return undefined;
  const fits = (x: Value | undefined): boolean => {
    const lazy = x && pass.lazy(x);
    return !x || lazy !== undefined ? !lazy || sameList(lazy.perm, perm) : isCheap(pass, x, shape);
  };
  if (!inputs.every(fits)) return undefined;
  const moved = inputs.map((x) => x && (pass.lazy(x)?.of ?? unsunk(pass, x, perm)));
  return { of: pass.emit(op, moved, unpermuted(shape, perm), type, attributes), perm };
}

/** Whether it costs little to put an input into the order before the Transpose. */
const isCheap = (pass: Pass, x: Value, shape: readonly number[]): boolean =>
  pass.isConstant(x) || 2 * sizeOf(x.shape) <= sizeOf(shape);

/** An input in the order before the Transpose by `perm`. */
function unsunk(pass: Pass, x: Value, perm: readonly number[]): Value {
  if (x.shape.length === 0 || (sizeOf(x.shape) === 1 && pass.isConstant(x))) return x;
  const missing = perm.length - x.shape.length;
  const axes = Array.from({ length: missing }, (_, i) => i);
  const shape = [...axes.map(() => 1), ...x.shape];
  const whole = missing === 0 ? x : pass.emit("Unsqueeze", [x, pass.ints(axes)], shape, x.type);
  return pass.emit("Transpose", [whole], unpermuted(shape, perm), x.type, { perm: unpermuted(axesOf(perm), perm) });
}

const axesOf = (perm: readonly number[]): number[] => perm.map((_, i) => i);

function sinkReduction(pass: Pass, { op, inputs, outputs, attributes }: Node, { of, perm }: Lazy): Lazy | undefined {
  const given = op === "ReduceSum" ? pass.numbers(inputs[1]) : (attributes["axes"] as readonly number[] | undefined);
  if (!given) return undefined;
  const reduced = [...given].map((axis) => (Number(axis) + perm.length) % perm.length);
  const axes = reduced.map((axis) => perm[axis]!).toSorted((a, b) => a - b);
  const keeps = attributes["keepdims"] !== 0;
  const rest = perm.filter((_, i) => !reduced.includes(i)); // the axes that stay, in the order of the result
  const order = rest.toSorted((a, b) => a - b);
  const after = keeps ? perm : rest.map((axis) => order.indexOf(axis));
  const { type, shape } = outputs[0]!;
  const asInput = op === "ReduceSum";
  const value = pass.emit(
    op,
    asInput ? [of, pass.ints(axes)] : [of],
    unpermuted(shape, after),
    type,
    asInput ? { keepdims: Number(keeps) } : { axes, keepdims: Number(keeps) },
  );
  return { of: value, perm: after };
}
