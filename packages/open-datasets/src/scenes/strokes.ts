import type { Rng } from "@fovea/nn";

/** Half the width of a stroke, in pixels. */
const HALF = 1.2;
const POINTS = 3;

/** A bent stroke across a square, as a pen would leave it: grey, [size, size]. */
export function stroke(random: Rng, size: number): Uint8Array {
  const points = random.split("points").uniform(2 * POINTS, 2, size - 2);
  const grey = 128 + random.split("grey").integer(128);
  const at = (i: number) => [points[2 * i]!, points[2 * i + 1]!] as const;
  return Uint8Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [(i % size) + 0.5, Math.floor(i / size) + 0.5];
    const distance = Math.min(toSegment(x, y, at(0), at(1)), toSegment(x, y, at(1), at(2)));
    return grey * Math.min(1, Math.max(0, HALF + 0.5 - distance));
  });
}

type Point = readonly [x: number, y: number];

/** Distance of (x, y) from the segment between two points. */
function toSegment(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / Math.max(1e-12, dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
