import type { Pixels } from "@fovea/nn";
import { between, type Transform } from "./transform.js";

/** Below this, in pixels, a neighbour's share is under 0.4 %. */
const LEAST_SIGMA = 0.3;

/**
 * Blurred by a Gaussian, whose standard deviation is drawn from a range. The image ends in copies of its last pixels.
 *
 * @param sigma - standard deviation in pixels, or its range; below 0.3 nothing changes
 * @throws RangeError for a negative `sigma`, or a range that falls
 */
export function gaussianBlur(sigma: number | readonly [least: number, most: number]): Transform {
  const [least, most] = typeof sigma === "number" ? [sigma, sigma] : sigma;
  if (!(0 <= least && least <= most && most < Infinity))
    throw new RangeError(`gaussianBlur: \`sigma\` must be at least 0, and must not fall, got ${String(sigma)}.`);
  return (image, rng) => {
    const drawn = least === most ? least : between(rng, "sigma", least, most);
    return drawn < LEAST_SIGMA ? image : blurred(image, gaussian(drawn));
  };
}

/** Weights at −r … r, whose sum is 1. */
function gaussian(sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma);
  const raw = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((weight) => weight / sum);
}

/** Along the rows, then along the columns. */
function blurred({ width, height, data }: Pixels, weights: Float64Array): Pixels {
  const [length, radius] = [width * 3, (weights.length - 1) / 2];
  const across = alongRows(data, length, weights);
  const out = new Uint8Array(data.length);
  const sums = new Float32Array(length);
  for (let y = 0; y < height; y++) {
    sums.fill(0.5); // storing truncates, so + 0.5 rounds
    for (let k = -radius; k <= radius; k++) {
      const from = Math.min(height - 1, Math.max(0, y + k)) * length;
      const weight = weights[k + radius]!;
      for (let i = 0; i < length; i++) sums[i]! += weight * across[from + i]!;
    }
    for (let i = 0, to = y * length; i < length; i++, to++) out[to] = sums[i]!;
  }
  return { width, height, channels: 3, data: out };
}

/** Each row of `length` numbers, three a pixel, blurred from left to right. */
function alongRows(data: Uint8Array, length: number, weights: Float64Array): Float32Array {
  const margin = 3 * ((weights.length - 1) / 2);
  const out = new Float32Array(data.length);
  const row = new Float32Array(length + 2 * margin); // with copies of its first and last pixel
  for (let start = 0; start < data.length; start += length) {
    for (let i = 0; i < row.length; i++) row[i] = data[start + nearest(i - margin, length)]!;
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k]!;
      for (let i = 0, from = 3 * k; i < length; i++, from++) out[start + i]! += weight * row[from]!;
    }
  }
  return out;
}

/** `i`, or the same channel of the first or last pixel of a row if it is outside. */
const nearest = (i: number, length: number): number =>
  i < 0 ? ((i % 3) + 3) % 3 : i >= length ? length - 3 + (i % 3) : i;
