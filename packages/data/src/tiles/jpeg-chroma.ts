import type { JpegFrame } from "./jpeg-frames.js";

/**
 * Interpolates chroma that a JPEG stores at half resolution, in place: geotiff.js repeats it, so that edges of colour
 * fray. The weights 3/4 and 1/4 along each halved axis, and their rounding, are those of libjpeg's triangle filter,
 * which all of libvips, tifffile, Pillow and OpenSlide use; rows and columns beyond the tile are its outermost.
 *
 * @param data - three components a pixel, as geotiff.js decodes them
 */
export function interpolateChroma(data: Uint8Array, { columns, rows, sampling }: JpegFrame): void {
  const [y, cb, cr] = sampling;
  const halved = y?.[0] === 2 && (y[1] === 1 || y[1] === 2) && [cb, cr].every((c) => c?.[0] === 1 && c[1] === 1);
  if (!halved || data.length !== 3 * columns * rows || columns <= 4) return; // libjpeg repeats what is as narrow, too
  for (const component of [1, 2]) {
    const plane = storedPlane(data, component, columns, rows, y[1]);
    if (y[1] === 2) bothWays(data, component, columns, rows, plane);
    else along(data, component, columns, rows, plane);
  }
}

/** The samples that were stored: of those repeated, each first one. */
function storedPlane(data: Uint8Array, component: number, columns: number, rows: number, every: number): Uint8Array {
  const [width, height] = [Math.ceil(columns / 2), Math.ceil(rows / every)];
  const at = (i: number) => (Math.floor(i / width) * every * columns + (i % width) * 2) * 3 + component;
  return Uint8Array.from({ length: width * height }, (_, i) => data[at(i)]!);
}

function along(data: Uint8Array, component: number, columns: number, rows: number, plane: Uint8Array): void {
  const width = Math.ceil(columns / 2);
  for (let row = 0, put = component; row < rows; row++)
    for (let column = 0; column < columns; column++, put += 3) {
      const [near, odd] = [column >> 1, column & 1];
      const far = near + (odd ? 1 : -1);
      const value = plane[row * width + near]!;
      data[put] = far < 0 || far >= width ? value : (3 * value + plane[row * width + far]! + 1 + odd) >> 2;
    }
}

function bothWays(data: Uint8Array, component: number, columns: number, rows: number, plane: Uint8Array): void {
  const [width, height] = [Math.ceil(columns / 2), Math.ceil(rows / 2)];
  const sums = new Uint16Array(width); // of a row, 3/4 of the nearer stored one and 1/4 of the other, times 4
  for (let row = 0, put = component; row < rows; row++) {
    const near = row >> 1;
    const far = Math.min(height - 1, Math.max(0, near + (row & 1 ? 1 : -1)));
    for (let i = 0; i < width; i++) sums[i] = 3 * plane[near * width + i]! + plane[far * width + i]!;
    for (let column = 0; column < columns; column++, put += 3) {
      const [here, odd] = [column >> 1, column & 1];
      const beside = Math.min(width - 1, Math.max(0, here + (odd ? 1 : -1)));
      data[put] = (3 * sums[here]! + sums[beside]! + 8 - odd) >> 4;
    }
  }
}
