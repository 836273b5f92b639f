import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, typeNumber, type Value } from "../graph/types.js";
import { flatRows, tensor } from "./gather.js";
import { lowering, type Lowering } from "./lowering.js";

/**
 * Adds each of `updates` [n, length] to that of `count` rows of zeros which `rows` [n] names. Where rows may name none,
 * these go to one row more, which is cut off.
 */
function addRows(g: Graph, rows: Value, updates: Value, count: number): Value {
  const [n, length] = updates.shape as [number, number];
  const emit = (op: string, of: Value[], type = of[0]!.type) => g.node(op, of, { shape: [n], type });
  const last = g.constant("int32", [count], []);
  const known = emit("And", [emit("GreaterOrEqual", [rows, g.constant("int32", [0], [])], "bool"), emit("Less", [rows, last], "bool")]); // prettier-ignore
  const places = g.node("Cast", [emit("Where", [known, rows, last], "int32")], { shape: [n], type: "int64" }, { to: typeNumber.int64 }); // prettier-ignore
  const zeros = g.node("Expand", [g.constant(updates.type, [0], [1, 1]), g.constant("int64", [count + 1, length])], { shape: [count + 1, length] }); // prettier-ignore
  const sums = putRows(g, zeros, places, updates, "add");
  const bounds = [0, count].map((at) => g.constant("int64", [at]));
  return g.node("Slice", [sums, ...bounds], { shape: [count, length] });
}

/**
 * Puts each of `updates` [n, length] into the row of `x` that `places` [n] names, or adds it, one after another. ONNX
 * Runtime's ScatterND does this from all threads at once, and two that meet in a row lose one of their sums; its
 * ScatterElements has one thread.
 */
function putRows(g: Graph, x: Value, places: Value, updates: Value, reduction?: "add"): Value {
  const [n, length] = updates.shape as [number, number];
  const column = g.reshape(places, [n, 1]);
  if (!g.target.parallel && !g.target.portable) return g.node("ScatterND", [x, column, updates], { shape: x.shape }, { reduction }); // prettier-ignore
  const each = g.node("Expand", [column, g.constant("int64", [n, length])], { shape: [n, length] });
  return g.node("ScatterElements", [x, each, updates], { shape: x.shape }, { axis: 0, reduction });
}

const unsortedSegmentSum = lowering<tf.UnsortedSegmentSumAttrs>({
  kernel: tf.UnsortedSegmentSum,
  inputs: ["x", "segmentIds"],
  lower(g, [x, ids], { numSegments }) {
    // on cpu, ids of more axes are not summed over
    if (ids!.shape.length !== 1 || ids!.type !== "int32") return undefined;
    const n = ids!.shape[0]!;
    const rows = g.reshape(x!, [n, sizeOf(x!.shape) / n]);
    const numbers = x!.type === "bool" ? g.node("Cast", [rows], { shape: rows.shape, type: "float32" }, { to: typeNumber.float32 }) : rows; // prettier-ignore
    return g.reshape(addRows(g, ids!, numbers, numSegments), [numSegments, ...x!.shape.slice(1)]);
  },
});

/** What tfjs knows of a scatter: `strides` has one number too many. */
export function scatterInfo(updates: Value, indices: Value, shape: readonly number[]) {
  const { sliceRank, sliceSize, strides, outputSize } = tf.backend_util.calculateShapes(tensor(updates) as never, tensor(indices) as never, [...shape]); // prettier-ignore
  return { length: sliceSize, strides: strides.slice(0, Math.max(sliceRank, 1)), count: outputSize / sliceSize };
}

const scatterNd = lowering<{ shape: number[] }>({
  kernel: tf.ScatterNd,
  inputs: ["indices", "updates"],
  lower(g, [indices, updates], { shape }) {
    if (updates!.type === "bool") return undefined; // cpu adds truths to numbers above 1
    const { length, strides, count } = scatterInfo(updates!, indices!, shape);
    const rows = flatRows(g, indices!, strides);
    return g.reshape(addRows(g, rows, g.reshape(updates!, [rows.shape[0]!, length]), count), shape);
  },
});

const tensorScatterUpdate = lowering<object>({
  kernel: tf.TensorScatterUpdate,
  inputs: ["tensor", "indices", "updates"],
  lower(g, [x, indices, updates]) {
    if (updates!.type !== x!.type) return undefined;
    const { length, strides, count } = scatterInfo(updates!, indices!, x!.shape);
    const rows = flatRows(g, indices!, strides);
    const n = rows.shape[0]!;
    const each = updates!.shape.length === 0 ? g.node("Expand", [updates!, g.constant("int64", [n, length])], { shape: [n, length] }) : g.reshape(updates!, [n, length]); // prettier-ignore
    const places = g.node("Cast", [rows], { shape: [n], type: "int64" }, { to: typeNumber.int64 });
    return g.reshape(putRows(g, g.reshape(x!, [count, length]), places, each), x!.shape);
  },
});

export const scatters: readonly Lowering[] = [unsortedSegmentSum, scatterNd, tensorScatterUpdate];
