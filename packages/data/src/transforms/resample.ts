import type { Pixels } from "../image.js";

/** A part of a picture, in pixels; fractions are allowed. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** For each output cell along one side: the first input cell it looks at, and the weights of that one and the following. */
interface Taps {
  readonly starts: Int32Array;
  readonly weights: readonly Float32Array[];
}

/**
 * Linear interpolation when enlarging, a triangle filter as wide as two output pixels when reducing, so that nothing
 * aliases: the filter that Pillow calls BILINEAR, and torchvision's antialiased resize.
 */
function triangle(offset: number, length: number, input: number, output: number): Taps {
  const scale = length / output;
  const radius = Math.max(1, scale);
  const starts = new Int32Array(output);
  const weights = Array.from({ length: output }, (_, o) => {
    const centre = offset + (o + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - radius));
    const last = Math.min(input - 1, Math.floor(centre + radius));
    starts[o] = Math.min(first, input - 1);
    const raw = Float32Array.from({ length: Math.max(1, last - first + 1) }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k - centre) / radius),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return sum > 0 ? raw.map((w) => w / sum) : raw.fill(1 / raw.length);
  });
  return { starts, weights };
}

/** The part `box` of a picture at another size: one pass along the rows, one along the columns. */
export function resample(image: Pixels, box: Box, width: number, height: number): Pixels {
  const { data, width: w } = image;
  const across = triangle(box.left, box.width, w, width);
  const down = triangle(box.top, box.height, image.height, height);
  const firstRow = down.starts[0]!;
  const rows = down.starts[height - 1]! + down.weights[height - 1]!.length - firstRow;
  const middle = new Float32Array(rows * width * 3);
  for (let y = 0; y < rows; y++) blend(data, (firstRow + y) * w * 3, 3, across, middle, y * width * 3, 3);
  const sums = new Float32Array(height * width * 3);
  const shifted = { starts: down.starts.map((start) => start - firstRow), weights: down.weights };
  for (let x = 0; x < width; x++) blend(middle, x * 3, width * 3, shifted, sums, x * 3, width * 3);
  return { width, height, channels: 3, data: Uint8Array.from(sums, (value) => Math.round(value)) };
}

/** One line of pixels: `step` apart in the input, `outStep` apart in the output. */
function blend(
  input: ArrayLike<number>,
  at: number,
  step: number,
  { starts, weights }: Taps,
  out: Float32Array,
  outAt: number,
  outStep: number,
): void {
  for (let o = 0; o < starts.length; o++) {
    const taps = weights[o]!;
    let [r, g, b] = [0, 0, 0];
    for (let k = 0, i = at + starts[o]! * step; k < taps.length; k++, i += step) {
      const weight = taps[k]!;
      r += weight * input[i]!;
      g += weight * input[i + 1]!;
      b += weight * input[i + 2]!;
    }
    out[outAt + o * outStep] = r;
    out[outAt + o * outStep + 1] = g;
    out[outAt + o * outStep + 2] = b;
  }
}

/** The pixels of a box with whole corners, unchanged. */
export function crop({ data, width: w }: Pixels, { left, top, width, height }: Box): Pixels {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * w + left) * 3;
    out.set(data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, channels: 3, data: out };
}
