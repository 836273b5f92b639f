import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { typeNumber, type Value } from "../graph/types.js";
import { lowering, products, type Lowering } from "./lowering.js";
import { matMul } from "./mat-mul.js";
import { pick } from "./pads.js";

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: [number, number];
}

type Images = readonly [number, number, number, number];

/** How far apart neighbours of the result lie in the source. */
const ratio = (from: number, to: number, alignCorners: boolean): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

const toFloats = (g: Graph, x: Value): Value =>
  x.type === "float32" ? x : g.node("Cast", [x], { shape: x.shape, type: "float32" }, { to: typeNumber.float32 });

/** A scale that ONNX Runtime, whose product of it and `from` is a float cut to a whole number, turns into `to`. */
function scaleOf(from: number, to: number): number {
  const scale = Float32Array.of(to / from);
  while (Math.fround(scale[0]! * from) < to) new Int32Array(scale.buffer)[0]!++; // the next float above
  return scale[0]!;
}

/** ONNX Runtime has Resize for channels last too; three times as quick as two products with matrices of weights. */
const bilinear = lowering<ResizeAttrs>({
  kernel: tf.ResizeBilinear,
  inputs: ["images"],
  lower(g, [images], { alignCorners, halfPixelCenters, size: [height, width] }) {
    if (alignCorners && halfPixelCenters) return undefined;
    const [b, h, w, c] = images!.shape as Images;
    const scales = g.constant("float32", [1, scaleOf(h, height), scaleOf(w, width), 1]);
    return g.node("Resize", [toFloats(g, images!), undefined, scales], { shape: [b, height, width, c] }, {
      mode: "linear",
      coordinate_transformation_mode: alignCorners ? "align_corners" : halfPixelCenters ? "half_pixel" : "asymmetric",
    }); // prettier-ignore
  },
});

/** The place in the source that each place of the result is a copy of. */
function nearest(from: number, to: number, alignCorners: boolean, halfPixelCenters = false): number[] {
  const step = ratio(from, to, alignCorners);
  return Array.from({ length: to }, (_, i) => {
    const at = step * (halfPixelCenters ? i + 0.5 : i);
    return Math.max(0, Math.min(from - 1, alignCorners ? Math.round(at) : Math.floor(at)));
  });
}

const nearestNeighbor = lowering<ResizeAttrs>({
  kernel: tf.ResizeNearestNeighbor,
  inputs: ["images"],
  serial: true,
  lower(g, [images], { alignCorners, halfPixelCenters, size: [height, width] }) {
    const [, h, w] = images!.shape as Images;
    const rows = nearest(h, height, alignCorners, halfPixelCenters);
    const columns = nearest(w, width, alignCorners, halfPixelCenters);
    if (height < h) return pick(g, pick(g, images!, 1, rows), 2, columns);
    return pick(g, pick(g, images!, 2, columns), 1, rows); // the fewer rows first
  },
});

/** [from, to] weights of the bilinear gradient; on cpu it knows nothing of half-pixel centers. */
function lerpWeights(from: number, to: number, alignCorners: boolean): number[] {
  const step = ratio(from, to, alignCorners);
  const weights = new Array<number>(from * to).fill(0);
  for (let i = 0; i < to; i++) {
    const [low, high] = [Math.floor(i * step), Math.min(Math.ceil(i * step), from - 1)];
    weights[low * to + i]! += 1 - (i * step - low);
    weights[high * to + i]! += i * step - low;
  }
  return weights;
}

function nearestWeights(from: number, to: number, alignCorners: boolean): number[] {
  const weights = new Array<number>(from * to).fill(0);
  nearest(from, to, alignCorners).forEach((place, i) => (weights[place * to + i] = 1));
  return weights;
}

/** Resizing is linear, and apart for rows and columns: R dy Cᵀ. */
const gradient = (kernel: string, weightsOf: (from: number, to: number, alignCorners: boolean) => number[]): Lowering =>
  lowering<{ alignCorners: boolean }>({
    kernel,
    inputs: ["images", "dy"],
    lower(g, [images, dy], { alignCorners }) {
      const [b, h, w, c] = images!.shape as Images;
      const [, height, width] = dy!.shape as Images;
      if (images!.type !== "float32") return undefined;
      const weights = (from: number, to: number) => g.constant("float32", weightsOf(from, to, alignCorners), [from, to]); // prettier-ignore
      const rows = matMul(g, weights(h, height), g.reshape(toFloats(g, dy!), [b, height, width * c]));
      return g.reshape(matMul(g, weights(w, width), g.reshape(rows, [b * h, width, c])), images!.shape);
    },
    work: ([images, dy]) => {
      const [b, h, w, c] = images!.shape as Images;
      const [, height, width] = dy!.shape as Images;
      return b * h * width * c * (height + w) * products.cost;
    },
    smallest: products.smallest,
  });

export const resizes: readonly Lowering[] = [
  bilinear,
  nearestNeighbor,
  gradient(tf.ResizeBilinearGrad, lerpWeights),
  gradient(tf.ResizeNearestNeighborGrad, nearestWeights),
];
