import type { Box } from "../image.js";
import type { InverseMap } from "../transforms/affine.js";
import type { LabelMap } from "./label-map.js";

/**
 * A label map of another size, each of whose pixels has the id that `idAt` finds for its column and row.
 */
function mapped(labels: LabelMap, width: number, height: number, idAt: (x: number, y: number) => number): LabelMap {
  const data = emptyLike(labels, width * height);
  for (let y = 0, to = 0; y < height; y++) for (let x = 0; x < width; x++) data[to++] = idAt(x, y);
  return { ...labels, width, height, data };
}

const emptyLike = ({ data }: LabelMap, length: number): Uint8Array | Uint16Array =>
  data instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length);

/**
 * Nearest neighbour: pixel (x, y) of the result has the id at its centre, ((x + ½) · w / width, (y + ½) · h / height).
 */
export function resizeLabels(labels: LabelMap, width: number, height: number): LabelMap {
  const columns = centers(labels.width, width);
  const rows = centers(labels.height, height);
  return mapped(labels, width, height, (x, y) => labels.data[rows[y]! * labels.width + columns[x]!]!);
}

const centers = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to }, (_, i) => Math.floor(((i + 0.5) * from) / to));

/** Nearest neighbour; what lies outside becomes `ignore`. */
export function warpLabels(labels: LabelMap, from: InverseMap, ignore: number): LabelMap {
  const { width, height, data } = labels;
  return mapped(labels, width, height, (x, y) => {
    const [column, row] = [Math.round(from.column(x, y)), Math.round(from.row(x, y))];
    return column >= 0 && row >= 0 && column < width && row < height ? data[row * width + column]! : ignore;
  });
}

/** Left and right exchanged. */
export const flipLabels = (labels: LabelMap): LabelMap =>
  mapped(labels, labels.width, labels.height, (x, y) => labels.data[(y + 1) * labels.width - 1 - x]!);

/** The ids of a box with integer corners; what lies outside becomes `ignore`. */
export function cropLabels(labels: LabelMap, { left, top, width, height }: Box, ignore: number): LabelMap {
  const data = emptyLike(labels, width * height).fill(ignore);
  const [first, end] = [Math.max(0, left), Math.min(labels.width, left + width)];
  for (let y = Math.max(0, top); y < Math.min(labels.height, top + height); y++)
    data.set(labels.data.subarray(y * labels.width + first, y * labels.width + end), (y - top) * width + first - left);
  return { ...labels, width, height, data };
}
