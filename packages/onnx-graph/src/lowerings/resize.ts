import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { typeNumber, type Value } from "../graph/types.js";
import { elements } from "./elementwise.js";
import { lowering, type Lowering } from "./lowering.js";
import { matMul } from "./matrix-product.js";
import { pick } from "./pads.js";
import { linearPlaces, nearestPlaces, type Centers, type Places, type PlacesOf } from "./resize-places.js";

interface ResizeAttrs extends Centers {
  readonly size: [number, number];
}

type Images = readonly [number, number, number, number];

const toFloats = (g: Graph, x: Value): Value =>
  x.type === "float32" ? x : g.node("Cast", [x], { shape: x.shape, type: "float32" }, { to: typeNumber.float32 });

/**
 * A scale whose exact product with `from`, cut to a whole number, is `to`. ONNX Runtime rounds that product to a float
 * where it computes, but not always where it infers shapes.
 */
function scaleOf(from: number, to: number): number {
  const scale = Float32Array.of(to / from);
  while (scale[0]! * from < to) new Int32Array(scale.buffer)[0]!++; // the next float above
  return scale[0]!;
}

/**
 * How large the result of Resize is: in files by its sides, which may follow from those of the input; in graphs for
 * ONNX Runtime by scales.
 */
function resizeTo(g: Graph, [batch, h, w, channels]: Images, [height, width]: readonly [number, number]) {
  if (g.target.portable) return [undefined, g.constant("int64", [batch, height, width, channels])];
  return [g.constant("float32", [1, scaleOf(h, height), scaleOf(w, width), 1])];
}

/** ONNX Runtime has Resize for channels last too; three times as quick as two products with matrices of weights. */
const bilinear = lowering<ResizeAttrs>({
  kernel: tf.ResizeBilinear,
  inputs: ["images"],
  lower(g, [images], { alignCorners, halfPixelCenters, size }) {
    if (alignCorners && halfPixelCenters) return undefined;
    const shape = images!.shape as Images;
    const to = resizeTo(g, shape, size);
    return g.node("Resize", [toFloats(g, images!), undefined, ...to], { shape: [shape[0], ...size, shape[3]] }, {
      mode: "linear",
      coordinate_transformation_mode: alignCorners ? "align_corners" : halfPixelCenters ? "half_pixel" : "asymmetric",
    }); // prettier-ignore
  },
});

const nearestNeighbor = lowering<ResizeAttrs>({
  kernel: tf.ResizeNearestNeighbor,
  inputs: ["images"],
  lower(g, [images], { size: [height, width], ...centers }) {
    const [, h, w] = images!.shape as Images;
    const rows = nearestPlaces(h, height, centers).low;
    const columns = nearestPlaces(w, width, centers).low;
    if (height < h) return pick(g, pick(g, images!, 1, rows), 2, columns);
    return pick(g, pick(g, images!, 2, columns), 1, rows); // the fewer rows first
  },
});

/**
 * How much of each place of the source is in each place of the result, [from, to]: 1 − share of `low`, share of the
 * next. Made by nodes of two short lists, since the matrix itself may be larger than the images.
 */
function weights(g: Graph, from: number, { low, share }: Places): Value {
  const e = elements(g);
  const row = (values: readonly number[]) => g.constant("float32", values, [1, values.length]);
  const place = g.constant("float32", [...Array(from).keys()], [from, 1]);
  const beyond = e("Sub", [e("Sub", [place, row(low)]), row(share)]); // whole numbers first: shares lose no digits
  return e("Relu", [e("Sub", [e.scalar("float32", 1), e("Abs", [beyond])])]);
}

/** Resizing is linear, and apart for rows and columns: R dy Cᵀ. */
const gradient = (kernel: string, placesOf: PlacesOf): Lowering =>
  lowering<Centers>({
    kernel,
    inputs: ["images", "dy"],
    lower(g, [images, dy], centers) {
      const [b, h, w, c] = images!.shape as Images;
      const [, height, width] = dy!.shape as Images;
      if (images!.type !== "float32") return undefined;
      const along = (from: number, to: number) => weights(g, from, placesOf(from, to, centers));
      const rows = matMul(g, along(h, height), g.reshape(toFloats(g, dy!), [b, height, width * c]));
      return g.reshape(matMul(g, along(w, width), g.reshape(rows, [b * h, width, c])), images!.shape);
    },
  });

export const resizes: readonly Lowering[] = [
  bilinear,
  nearestNeighbor,
  gradient(tf.ResizeBilinearGrad, linearPlaces),
  gradient(tf.ResizeNearestNeighborGrad, nearestPlaces),
];
