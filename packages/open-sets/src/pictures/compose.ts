import type { Photo } from "./backgrounds.js";
import type { Cutout } from "./cut-out.js";
import type { Pose } from "./pose.js";

/** Source pixels of a photo per pixel of the picture, least and most: sharp enough, and never blurred to one colour. */
const ZOOM = [0.5, 2] as const;

/** The cut-out in its pose on a piece of a photo, or on white; RGB, [size, size, 3]. */
export function compose(cutout: Cutout, pose: Pose, photos: readonly Photo[] | null, size: number): Uint8Array {
  const data = photos ? crop(photos[Math.floor(pose.backdrop.photo * photos.length)]!, pose, size) : white(size);
  lay(cutout, pose, { width: size, height: size, data }, { left: 0, top: 0, size });
  return data;
}

/** Draws the cut-out in its pose into a square of a picture, which may begin between pixels and reach outside. */
export function lay(
  cutout: Cutout,
  { ux, uy, u0, vx, vy, v0, gain }: Pose,
  { width, height, data }: Photo,
  { left, top, size }: { readonly left: number; readonly top: number; readonly size: number },
): void {
  const side = cutout.size;
  const step = side / size;
  const [first, end] = [Math.max(0, Math.floor(left)), Math.min(width, Math.ceil(left + size))];
  const x = (first + 0.5 - left) / size - 0.5;
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, Math.ceil(top + size)); row++) {
    const y = (row + 0.5 - top) / size - 0.5;
    let u = (ux * x + uy * y + u0 + 0.5) * side - 0.5;
    let v = (vx * x + vy * y + v0 + 0.5) * side - 0.5;
    for (
      let column = first, out = (row * width + first) * 3;
      column < end;
      column++, out += 3, u += ux * step, v += vx * step
    )
      if (u > -1 && v > -1 && u < side && v < side) blend(cutout, u, v, gain, data, out);
  }
}

/** picture[out …] = colour · gain + (1 − alpha) · picture[out …], bilinear; outside of the cut-out everything is 0. */
function blend(
  { size, data }: Cutout,
  u: number,
  v: number,
  gain: Pose["gain"],
  picture: Uint8Array,
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
  const behind = 1 - alpha / 255;
  picture[out] = Math.min(255, r * gain[0] + behind * picture[out]! + 0.5);
  picture[out + 1] = Math.min(255, g * gain[1] + behind * picture[out + 1]! + 0.5);
  picture[out + 2] = Math.min(255, b * gain[2] + behind * picture[out + 2]! + 0.5);
}

function crop({ width, height, data }: Photo, { backdrop }: Pose, size: number): Uint8Array {
  const zoom = Math.min(ZOOM[0] + backdrop.zoom * (ZOOM[1] - ZOOM[0]), (height - 1) / size);
  const left = backdrop.left * (width - zoom * size);
  const top = backdrop.top * (height - zoom * size);
  const picture = new Uint8Array(size * size * 3);
  for (let row = 0, out = 0; row < size; row++) {
    const line = Math.floor(top + (row + 0.5) * zoom) * width;
    for (let column = 0; column < size; column++) {
      const i = 3 * (line + Math.floor(left + (column + 0.5) * zoom));
      for (let c = 0; c < 3; c++) picture[out++] = data[i + c]!;
    }
  }
  return picture;
}

const white = (size: number): Uint8Array => new Uint8Array(size * size * 3).fill(255);
