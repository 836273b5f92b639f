import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Loop } from "./elementwise.js";
import {
  applied,
  at,
  flatIndex,
  placesOf,
  sum,
  tensorOf,
  transposed,
  type Numbers,
  type Place,
  type Term,
} from "./numbers.js";

const clamp = (x: number, most: number): number => Math.min(most, Math.max(0, x));

/** Where an index of the result lies in the source. */
function source(index: number, from: number, to: number, { alignCorners, halfPixelCenters }: Attrs): number {
  const step = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return halfPixelCenters ? (index + 0.5) * step - 0.5 : index * step;
}

/** The places of the source that an index of the result is made of, and their weights. */
type Near = (index: number, from: number, to: number) => (readonly [place: number, weight: number])[];

/** The two nearest; beyond the edge, the edge. */
const linear =
  (attrs: Attrs): Near =>
  (index, from, to) => {
    const x = clamp(source(index, from, to, attrs), from - 1);
    const low = Math.floor(x);
    return low === x ? [[low, 1]] : [[low, 1 - (x - low)], [low + 1, x - low]]; // prettier-ignore
  };

/** The one below, or with aligned corners the one to round to. */
const nearest =
  (attrs: Attrs): Near =>
  (index, from, to) => {
    const x = source(index, from, to, attrs) + (attrs["halfPixelCenters"] ? 0.5 : 0);
    return [[clamp(attrs["alignCorners"] ? Math.round(x) : Math.floor(x), from - 1), 1]];
  };

/** Along rows and along columns. */
function resizing(images: Place, [height, width]: Place, near: Near): { shape: number[]; terms: Term[] } {
  const [batch, h, w, channels] = images as [number, number, number, number];
  const shape = [batch, height!, width!, channels];
  const terms = placesOf(shape).flatMap(([b, i, j, c]) =>
    near(i!, h, height!).flatMap(([row, p]) =>
      near(j!, w, width!).map(([column, q]): Term => [
        flatIndex(images, [b!, row, column, c!]),
        flatIndex(shape, [b!, i!, j!, c!]),
        p * q,
      ]),
    ),
  );
  return { shape, terms };
}

type Kind = (attrs: Attrs) => Near;
const resize =
  (kind: Kind): Loop =>
  ({ images }, attrs) => {
    const { shape, terms } = resizing(images!.shape, attrs["size"] as Place, kind(attrs));
    if (kind === linear) return applied(terms, images!, shape);
    const from = new Map(terms.map(([pixel, to]) => [to, pixel]));
    return tensorOf(shape, images!.dtype, (place) => images!.values[from.get(flatIndex(shape, place))!]!);
  };
const gradient =
  (kind: Kind): Loop =>
  ({ images, dy }, attrs) =>
    applied(transposed(resizing(images!.shape, dy!.shape.slice(1, 3), kind(attrs)).terms), dy!, images!.shape);

/** (bias + alpha Σ x²) over the channels within `depthRadius` of c. */
function lrnNorm(x: Numbers, place: Place, { depthRadius, bias, alpha }: Readonly<Record<string, number>>): number {
  const [channels, c] = [x.shape[3]!, place[3]!];
  const near = [...Array(channels).keys()].filter((other) => Math.abs(other - c) <= depthRadius!);
  return bias! + alpha! * sum(near.map((other) => at(x, place.with(3, other)) ** 2));
}

/** y_c = x_c n_c^(−beta). */
const lrn: Loop = ({ x }, attrs) => {
  const a = attrs as Readonly<Record<string, number>>;
  return tensorOf(x!.shape, "float32", (place) => at(x!, place) * lrnNorm(x!, place, a) ** -a["beta"]!);
};

/** dx_k = Σ_c dy_c ∂y_c/∂x_k, where ∂y_c/∂x_k = [c = k] n_c^(−beta) − 2 alpha beta x_k y_c / n_c for c near k. */
const lrnGradient: Loop = ({ x, y, dy }, attrs) => {
  const a = attrs as Readonly<Record<string, number>>;
  return tensorOf(x!.shape, "float32", (place) => {
    const k = place[3]!;
    return sum(
      [...Array(x!.shape[3]!).keys()].map((c) => {
        const other = place.with(3, c);
        const n = lrnNorm(x!, other, a);
        const own = c === k ? n ** -a["beta"]! : 0;
        const near =
          Math.abs(c - k) <= a["depthRadius"]! ? (2 * a["alpha"]! * a["beta"]! * at(x!, place) * at(y!, other)) / n : 0;
        return at(dy!, other) * (own - near);
      }),
    );
  });
};

export const imageLoops: Readonly<Record<string, Loop>> = {
  [tf.ResizeBilinear]: resize(linear),
  [tf.ResizeNearestNeighbor]: resize(nearest),
  [tf.ResizeBilinearGrad]: gradient(linear),
  [tf.ResizeNearestNeighborGrad]: gradient(nearest),
  [tf.LRN]: lrn,
  [tf.LRNGrad]: lrnGradient,
};
