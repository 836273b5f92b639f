import * as tf from "@tensorflow/tfjs-core";
import type { Affine, BlockedMap, MapShape } from "../../graph/blocked-map.js";
import type { Graph, NodeAttributes } from "../../graph/graph.js";
import { sizeOf, type Value } from "../../graph/types.js";
import { added, affineMap, computed, formOf, opposite, scaled } from "./affine.js";
import { asMap, blocksOf, laidOut, mapFrom, mapOf, rowOf } from "./map.js";
import { vectorFrom } from "./vectors.js";

/** An operand: a map, or numbers of each channel, or one number. */
type Operand = { readonly map: BlockedMap } | { readonly vector: Value } | { readonly number: Value };

/** What a kernel computes of values that have one shape, or one element. */
type Formula = (inputs: readonly Value[]) => Value | undefined;

/**
 * An element-wise kernel on maps that are known in blocks; undefined where none is, or where the operands are neither
 * maps nor numbers of channels, or where ONNX has nothing.
 *
 * @param out - the shape of the result
 */
export function onMaps(
  g: Graph,
  kernel: string,
  given: readonly Value[],
  out: readonly number[],
  formula: Formula,
): Value | undefined {
  // prettier-ignore
  const frame = frameOf(g, given, out);
  if (!frame) return undefined;
  const operands = given.map((x) => operandOf(g, x, frame.shape, out)).map((operand) => kernel === tf.Step ? rectified(operand) : operand); // prettier-ignore
  if (!operands.every((operand) => operand !== undefined)) return undefined;
  const map = special(g, kernel, operands, frame.shape) ?? inGeneral(g, kernel, operands, frame.shape, formula);
  return map && laidOut(g, map, out);
}

/** The operand that has the shape of the result, and is known in blocks. */
function frameOf(g: Graph, given: readonly Value[], out: readonly number[]): BlockedMap | undefined {
  if (!g.maps) return undefined;
  for (const x of given) {
    const map = sizeOf(x.shape) === sizeOf(out) ? mapOf(g, x) : undefined;
    if (map) return map;
  }
  return undefined;
}

function operandOf(g: Graph, x: Value, shape: MapShape, out: readonly number[]): Operand | undefined {
  const size = sizeOf(x.shape);
  if (size === sizeOf(out)) {
    const map = mapOf(g, x);
    if (!map && x.type !== "float32") return undefined;
    return { map: map ?? asMap(g, x, shape) };
  }
  if (size === 1) return { number: x };
  return size === shape[3] && x.shape.at(-1) === size && out.at(-1) === size ? { vector: x } : undefined;
}

/** What is greater than zero is so in what a ReLU leaves of it, too, and that is kept anyway. */
const rectified = (operand: Operand | undefined): Operand | undefined =>
  operand && "map" in operand && operand.map.relu ? { map: operand.map.relu } : operand;

type Special = (g: Graph, operands: readonly Operand[], shape: MapShape) => BlockedMap | undefined;

const special: (g: Graph, kernel: string, operands: readonly Operand[], shape: MapShape) => BlockedMap | undefined = (
  g,
  kernel,
  operands,
  shape,
) =>
  // prettier-ignore
  operands.every(isFloat) ? specials[kernel]?.(g, operands, shape) : undefined;

const valueOf = (operand: Operand): Pick<Value, "type"> =>
  "map" in operand ? operand.map : "vector" in operand ? operand.vector : operand.number;

const isFloat = (operand: Operand): boolean => valueOf(operand).type === "float32";

const numbersOf = (operand: Operand): Value => ("vector" in operand ? operand.vector : (operand as { number: Value }).number); // prettier-ignore

const sum: (g: Graph, operands: readonly Operand[], shape: MapShape) => BlockedMap = (g, operands, shape) =>
  affineMap(
    g,
    shape,
    operands.map((operand) => summand(g, operand, shape[3])).reduce((a, b) => added(g, a, b)),
  );

const summand = (g: Graph, operand: Operand, channels: number): Affine =>
  "map" in operand ? formOf(operand.map) : { terms: [], offset: vectorFrom(g, numbersOf(operand), channels) };

/** Kernels that are kept as formulas until they are read. */
const specials: Readonly<Record<string, Special>> = {
  [tf.Add]: sum,
  [tf.AddN]: sum,
  [tf.Sub]: (g, [a, b], shape) =>
    affineMap(g, shape, added(g, summand(g, a!, shape[3]), opposite(g, summand(g, b!, shape[3]), shape[3]))),
  [tf.Neg]: (g, [x], shape) => affineMap(g, shape, opposite(g, summand(g, x!, shape[3]), shape[3])),
  [tf.Multiply](g, operands, shape) {
    const maps = operands.flatMap((operand) => ("map" in operand ? operand.map : []));
    if (maps.length === 2) return product(g, maps as [BlockedMap, BlockedMap]);
    const by = vectorFrom(g, numbersOf(operands.find((operand) => !("map" in operand))!), shape[3]);
    return affineMap(g, shape, scaled(g, formOf(maps[0]!), by));
  },
  [tf.RealDiv](g, [a, b], shape) {
    if (!("map" in a!) || "map" in b!) return undefined;
    const by = numbersOf(b!);
    const inverse = g.node("Reciprocal", [by], { shape: by.shape });
    return affineMap(g, shape, scaled(g, formOf(a.map), vectorFrom(g, inverse, shape[3])));
  },
  [tf.Square]: (g, [x]) => "map" in x! ? product(g, [x.map, x.map]) : undefined, // prettier-ignore
  [tf.Relu](g, [x], shape) {
    if (!("map" in x!)) return undefined;
    return (x.map.relu ??= activated(g, x, shape, { activation: "Relu" }, (row) => g.node("Relu", [row], row))!);
  },
  [tf.Relu6]: (g, [x], shape) =>
    activated(g, x!, shape, { activation: "Clip", activation_params: { floats: [0, 6] } }, (row) =>
      g.node("Clip", [row, ...[0, 6].map((bound) => g.constant("float32", [bound], []))], row),
    ),
};

/** A product that is computed when it is needed: its sums need none. */
function product(g: Graph, maps: readonly [BlockedMap, BlockedMap]): BlockedMap {
  const [a, b] = maps;
  let value: Value | undefined;
  return {
    shape: a.shape,
    type: "float32",
    value: () => (value ??= inRows(g, a.shape, [a, b], ([x, y]) => g.node("Mul", [x, y], x!))),
    factors: () => (value ? undefined : maps),
  };
}

/** The activation of a sum that is not computed yet is part of its last pass. */
function activated(
  g: Graph,
  x: Operand,
  shape: MapShape,
  attributes: NodeAttributes,
  of: (row: Value) => Value,
): BlockedMap | undefined {
  // prettier-ignore
  if (!("map" in x)) return undefined;
  return mapFrom(shape, "float32", () => {
    const form = x.map.form?.();
    return form ? computed(g, shape, form, attributes) : inRows(g, shape, [x.map], ([row]) => of(row!));
  });
}

const inRows = (g: Graph, shape: MapShape, maps: readonly BlockedMap[], of: (rows: readonly Value[]) => Value): Value =>
  g.reshape(of(maps.map((map) => rowOf(g, map))), blocksOf(g, shape)); // prettier-ignore

/** Kernels that make zeros of zeros, so that what fills the last block up stays zero. */
const keepZeros: ReadonlySet<string> = new Set([tf.Multiply, tf.Step, tf.Abs, tf.Maximum, tf.Minimum, tf.Sqrt, tf.Tanh, tf.Cast, tf.MaxPool]); // prettier-ignore

function inGeneral(
  g: Graph,
  kernel: string,
  operands: readonly Operand[],
  shape: MapShape,
  formula: Formula,
): BlockedMap | undefined {
  // prettier-ignore
  const isWhole = shape[3] % g.target.block === 0;
  if (operands.some((operand) => "vector" in operand) || !(isWhole || keepZeros.has(kernel))) return undefined;
  const rows = operands.map((operand) => ("map" in operand ? rowOf(g, operand.map) : g.reshape(numbersOf(operand), [1]))); // prettier-ignore
  const y = formula(rows);
  return y && mapFrom(shape, y.type, () => g.reshape(y, blocksOf(g, shape)));
}
