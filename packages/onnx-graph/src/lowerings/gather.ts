import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { sizeOf, typeNumber, type Value } from "../graph/types.js";
import { lowering, type Lowering } from "./lowering.js";

function gatherInfo(x: Value, indices: Value, { axis, batchDims }: tf.GatherV2Attrs) {
  const $axis = tf.util.parseAxisParam(axis, x.shape as number[])[0]!;
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x as never, indices as never, $axis, batchDims ?? 0); // prettier-ignore
  return { ...info, count: sizeOf(indices.shape) / info.batchSize };
}

/** With batches, each index is first moved to its batch's rows, so that there is one table. */
function toRows(g: Graph, indices: Value, batch: number, outer: number, dim: number, count: number): Value {
  const starts = Array.from({ length: batch * outer }, (_, i) => i * dim);
  const shape = [batch, outer, count];
  const sum = g.node("Add", [g.reshape(indices, [batch, 1, count]), g.constant("int32", starts, [batch, outer, 1])], { shape }); // prettier-ignore
  return g.reshape(sum, [batch * outer * count]);
}

const gather = lowering<tf.GatherV2Attrs>({
  kernel: tf.GatherV2,
  inputs: ["x", "indices"],
  lower(g, [x, indices], attrs) {
    if (indices!.type !== "int32") return undefined;
    const { batchSize, outerSize, dimSize, sliceSize, outputShape, count } = gatherInfo(x!, indices!, attrs);
    if (g.target.portable && !attrs.batchDims) {
      const axis = tf.util.parseAxisParam(attrs.axis, x!.shape as number[])[0]!;
      return g.node("Gather", [x, indices], { shape: outputShape }, { axis });
    }
    if (batchSize === 1) {
      const out = { shape: [outerSize, count, sliceSize] };
      const table = g.reshape(x!, [outerSize, dimSize, sliceSize]);
      return g.reshape(g.node("Gather", [table, g.reshape(indices!, [count])], out, { axis: 1 }), outputShape);
    }
    const rows = toRows(g, indices!, batchSize, outerSize, dimSize, count);
    return g.reshape(takeRows(g, x!, sliceSize, rows), outputShape);
  },
});

/** Rows of `x`, seen as rows of `length`. */
export function takeRows(g: Graph, x: Value, length: number, rows: Value): Value {
  const table = g.reshape(x, [sizeOf(x.shape) / length, length]);
  return g.node("Gather", [table, rows], { shape: [rows.shape[0]!, length] }, { axis: 0 });
}

/** Rows that each of several indices names together: Σ index · stride. */
export function flatRows(g: Graph, indices: Value, strides: readonly number[]): Value {
  const count = sizeOf(indices.shape) / strides.length;
  if (strides.length === 1 && strides[0] === 1) return g.reshape(indices, [count]);
  const places = g.reshape(indices, [count, strides.length]);
  const scaled = g.node("Mul", [places, g.constant("int32", strides, [1, strides.length])], places);
  return g.node("ReduceSum", [scaled, g.constant("int64", [1])], { shape: [count] }, { keepdims: 0 });
}

const gatherNd = lowering<object>({
  kernel: tf.GatherNd,
  inputs: ["params", "indices"],
  lower(g, [params, indices]) {
    const [shape, , length, strides] = tf.backend_util.prepareAndValidate(tensor(params!), tensor(indices!));
    return g.reshape(takeRows(g, params!, length, flatRows(g, indices!, strides)), shape);
  },
});

/** What tfjs's checks read of a tensor. */
export const tensor = ({ shape, type }: Value): tf.TensorInfo =>
  ({ shape, dtype: type, rank: shape.length }) as unknown as tf.TensorInfo;

const oneHot = lowering<tf.OneHotAttrs>({
  kernel: tf.OneHot,
  inputs: ["indices"],
  lower(g, [indices], { dtype, depth, onValue, offValue }) {
    const type = dtype as "float32" | "int32" | "bool";
    if (indices!.type !== "int32" || !(type in typeNumber)) return undefined;
    const count = sizeOf(indices!.shape);
    const classes = g.constant("int32", [...new Array(depth).keys()], [1, depth]);
    const out = { shape: [count, depth] };
    const hits = g.node("Equal", [g.reshape(indices!, [count, 1]), classes], { ...out, type: "bool" });
    const shape = [...indices!.shape, depth];
    if (type === "bool") return onValue === 1 && offValue === 0 ? g.reshape(hits, shape) : undefined;
    const values = [onValue, offValue].map((value) => g.constant(type, [value], []));
    return g.reshape(g.node("Where", [hits, ...values], { ...out, type }), shape);
  },
});

/** n numbers, each followed by n zeros, are the rows of the matrix end to end, and more zeros than it has. */
const diag = lowering<object>({
  kernel: tf.Diag,
  inputs: ["x"],
  lower(g, [x]) {
    const n = sizeOf(x!.shape);
    const pads = g.constant("int64", [0, 0, 0, n]);
    const padded = g.node("Pad", [g.reshape(x!, [n, 1]), pads, g.constant(x!.type, [0], [])], { shape: [n, n + 1] });
    const bounds = [0, n * n].map((at) => g.constant("int64", [at]));
    const rows = g.node("Slice", [g.reshape(padded, [n * (n + 1)]), ...bounds], { shape: [n * n] });
    return g.reshape(rows, [...x!.shape, ...x!.shape]);
  },
});

export const gathers: readonly Lowering[] = [gather, gatherNd, oneHot, diag];
