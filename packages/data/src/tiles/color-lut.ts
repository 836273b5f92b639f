import type { Pixels } from "@fovea/nn";

/**
 * The stored numbers whose colours are sampled, along each axis of RGB. They are denser where it is dark, since there a
 * profile of another gamma than sRGB's bends most.
 */
const SAMPLED: readonly number[] = [
  ...[0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 22, 27],
  ...Array.from({ length: 56 }, (_, i) => 32 + 4 * i), // to 252
  255,
];

/** For each stored number the sampled one below it, and how far it is on the way to the next. */
const BELOW = Uint8Array.from({ length: 256 }, (_, value) =>
  Math.min(
    SAMPLED.length - 2,
    SAMPLED.findLastIndex((sampled) => sampled <= value),
  ),
);
const SHARE = Float32Array.from(
  BELOW,
  (below, value) => (value - SAMPLED[below]!) / (SAMPLED[below + 1]! - SAMPLED[below]!),
);

/** The inputs of a 3-D LUT, red slowest. */
export function sampledColors(): Pixels {
  const size = SAMPLED.length;
  const data = Uint8Array.from({ length: 3 * size ** 3 }, (_, i) => {
    const [color, c] = [Math.floor(i / 3), i % 3];
    return SAMPLED[Math.floor(color / size ** (2 - c)) % size]!;
  });
  return { width: size, height: size * size, channels: 3, data };
}

/**
 * Colours by a 3-D LUT, trilinear between the eight sampled ones around each.
 *
 * @param lut - what became of `sampledColors`
 */
export function interpolated({ data, ...size }: Pixels, { data: lut }: Pixels): Pixels {
  const [blue, green, red] = [3, 3 * SAMPLED.length, 3 * SAMPLED.length ** 2];
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const corner = BELOW[r]! * red + BELOW[g]! * green + BELOW[b]! * blue;
    const [x, y, z] = [SHARE[r]!, SHARE[g]!, SHARE[b]!];
    for (let c = 0; c < 3; c++) {
      const [low, high] = [corner + c, corner + c + red];
      const dark = mix(edge(lut, low, blue, z), edge(lut, low + green, blue, z), y);
      const light = mix(edge(lut, high, blue, z), edge(lut, high + green, blue, z), y);
      out[i + c] = mix(dark, light, x) + 0.5;
    }
  }
  return { ...size, data: out };
}

const mix = (from: number, to: number, share: number) => from + (to - from) * share;
const edge = (lut: Uint8Array, at: number, step: number, share: number) => mix(lut[at]!, lut[at + step]!, share);
