import type { Pixels } from "@fovea/nn";
import type { Box } from "../image.js";

/**
 * For each output cell along one side: the first input cell it looks at, and the weights of that one and the following.
 */
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
    const center = offset + (o + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(center - radius));
    const last = Math.min(input - 1, Math.floor(center + radius));
    starts[o] = Math.min(first, input - 1);
    const raw = Float32Array.from({ length: Math.max(1, last - first + 1) }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k - center) / radius),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return sum > 0 ? raw.map((w) => w / sum) : raw.fill(1 / raw.length);
  });
  return { starts, weights };
}

/** The part `box` of an image at another size: one pass along the rows, one along the columns. */
export function resample(image: Pixels, box: Box, width: number, height: number): Pixels {
  const across = triangle(box.left, box.width, image.width, width);
  const down = triangle(box.top, box.height, image.height, height);
  const first = down.starts[0]!;
  const rows = down.starts[height - 1]! + down.weights[height - 1]!.length - first;
  const middle = alongRows(image, first, rows, across); // [rows, width, 3]
  const out = new Uint8Array(height * width * 3);
  const sums = new Float32Array(width * 3);
  for (let y = 0; y < height; y++) {
    const taps = down.weights[y]!;
    sums.fill(0.5); // storing truncates, so + 0.5 rounds
    for (let k = 0; k < taps.length; k++) {
      const from = (down.starts[y]! - first + k) * sums.length;
      const weight = taps[k]!;
      for (let i = 0; i < sums.length; i++) sums[i]! += weight * middle[from + i]!;
    }
    out.set(sums, y * sums.length);
  }
  return { width, height, channels: 3, data: out };
}

/** Rows `first` … `first + rows − 1`, resampled from left to right, [rows, width, 3]. */
function alongRows({ data, width: w }: Pixels, first: number, rows: number, { starts, weights }: Taps): Float32Array {
  const out = new Float32Array(rows * starts.length * 3);
  for (let y = 0, to = 0; y < rows; y++)
    for (let x = 0; x < starts.length; x++, to += 3) {
      const taps = weights[x]!;
      for (let k = 0, i = ((first + y) * w + starts[x]!) * 3; k < taps.length; k++, i += 3) {
        const weight = taps[k]!;
        out[to]! += weight * data[i]!;
        out[to + 1]! += weight * data[i + 1]!;
        out[to + 2]! += weight * data[i + 2]!;
      }
    }
  return out;
}

/** The pixels of a box with integer corners, unchanged. */
export function crop({ data, width: w }: Pixels, { left, top, width, height }: Box): Pixels {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * w + left) * 3;
    out.set(data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, channels: 3, data: out };
}
