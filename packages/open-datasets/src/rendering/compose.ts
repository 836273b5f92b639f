import type { Photo } from "./backgrounds.js";
import type { Cutout } from "./cut-out.js";
import type { Pose } from "./pose.js";

/** Source pixels of a photo per pixel of the image, least and most: sharp enough, and never blurred to one colour. */
const ZOOM = [0.5, 2] as const;

/** The cut-out in its pose on a piece of a photo, or on white; RGB, [size, size, 3]. */
export function compose(cutout: Cutout, pose: Pose, photos: readonly Photo[] | null, size: number): Uint8Array {
  const image = backdrop(photos, pose, size);
  const layer = posed(cutout, pose, size);
  for (let from = 0, to = 0; from < layer.length; from += 4, to += 3) blend(layer, from, image, to);
  return image;
}

/** A piece of a photo, or white; RGB, [size, size, 3]. */
export const backdrop = (photos: readonly Photo[] | null, pose: Pick<Pose, "backdrop">, size: number): Uint8Array =>
  photos ? crop(photos[Math.floor(pose.backdrop.photo * photos.length)]!, pose, size) : white(size);

/** The cut-out alone in its pose: RGB · gain · alpha, and alpha, 0 … 255, [size, size, 4]. */
export function posed(cutout: Cutout, { ux, uy, u0, vx, vy, v0, gain }: Pose, size: number): Float64Array {
  const layer = new Float64Array(size * size * 4);
  const side = cutout.size;
  const step = side / size;
  const x = 0.5 / size - 0.5;
  for (let row = 0, out = 0; row < size; row++) {
    const y = (row + 0.5) / size - 0.5;
    let u = (ux * x + uy * y + u0 + 0.5) * side - 0.5;
    let v = (vx * x + vy * y + v0 + 0.5) * side - 0.5;
    for (let column = 0; column < size; column++, out += 4, u += ux * step, v += vx * step)
      if (u > -1 && v > -1 && u < side && v < side) sample(cutout, u, v, gain, layer, out);
  }
  return layer;
}

/** image[to …] = layer[from …] + (1 − alpha) · image[to …] */
export function blend(layer: Float64Array, from: number, image: Uint8Array, to: number): void {
  const behind = 1 - layer[from + 3]! / 255;
  for (let c = 0; c < 3; c++) image[to + c] = Math.min(255, layer[from + c]! + behind * image[to + c]! + 0.5);
}

/** layer[out …] = the cut-out at (u, v) · gain, bilinear; outside of the cut-out everything is 0. */
function sample(
  { size, data }: Cutout,
  u: number,
  v: number,
  gain: Pose["gain"],
  layer: Float64Array,
  out: number,
): void {
  const [left, top] = [Math.floor(u), Math.floor(v)];
  const [fx, fy] = [u - left, v - top];
  let [r, g, b, alpha] = [0, 0, 0, 0];
  for (let corner = 0; corner < 4; corner++) {
    const [x, y] = [left + (corner & 1), top + (corner >> 1)];
    if (x < 0 || y < 0 || x >= size || y >= size) continue;
    const weight = (corner & 1 ? fx : 1 - fx) * (corner >> 1 ? fy : 1 - fy);
    const i = 4 * (y * size + x);
    r += weight * data[i]!;
    g += weight * data[i + 1]!;
    b += weight * data[i + 2]!;
    alpha += weight * data[i + 3]!;
  }
  layer[out] = r * gain[0];
  layer[out + 1] = g * gain[1];
  layer[out + 2] = b * gain[2];
  layer[out + 3] = alpha;
}

function crop({ width, height, data }: Photo, { backdrop }: Pick<Pose, "backdrop">, size: number): Uint8Array {
  const zoom = Math.min(ZOOM[0] + backdrop.zoom * (ZOOM[1] - ZOOM[0]), (height - 1) / size);
  const left = backdrop.left * (width - zoom * size);
  const top = backdrop.top * (height - zoom * size);
  const image = new Uint8Array(size * size * 3);
  for (let row = 0, out = 0; row < size; row++) {
    const line = Math.floor(top + (row + 0.5) * zoom) * width;
    for (let column = 0; column < size; column++) {
      const i = 3 * (line + Math.floor(left + (column + 0.5) * zoom));
      for (let c = 0; c < 3; c++) image[out++] = data[i + c]!;
    }
  }
  return image;
}

const white = (size: number): Uint8Array => new Uint8Array(size * size * 3).fill(255);
