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
  const across = along(data, weights, { count: width, step: 3, lines: height, next: 3 * width });
  const down = along(across, weights, { count: height, step: 3 * width, lines: width, next: 3 });
  return { width, height, channels: 3, data: Uint8Array.from(down, (value) => value + 0.5) }; // storing truncates
}

/** Pixels along a line are `step` numbers apart, lines are `next` apart. */
interface Lines {
  readonly count: number;
  readonly step: number;
  readonly lines: number;
  readonly next: number;
}

function along(data: ArrayLike<number>, weights: Float64Array, { count, step, lines, next }: Lines): Float32Array {
  const radius = (weights.length - 1) / 2;
  const out = new Float32Array(data.length);
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < count; i++) {
      const to = line * next + i * step;
      for (let k = -radius; k <= radius; k++) {
        const from = line * next + Math.min(count - 1, Math.max(0, i + k)) * step;
        const weight = weights[k + radius]!;
        for (let c = 0; c < 3; c++) out[to + c]! += weight * data[from + c]!;
      }
    }
  return out;
}
