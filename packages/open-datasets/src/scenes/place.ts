import type { Box } from "@fovea/data";
import type { Rng } from "@fovea/nn";

/** A square, in whole pixels. */
export interface Place {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

/** The squares' share of the image, at most: at twice that, the last one may find no room. */
export const FULL = 1 / 4;

const TRIES = 10_000;

/** Squares of these sizes, wherever there is room, none touching another; the first anywhere. */
export function placed(random: Rng, sizes: readonly number[], width: number, height: number): Place[] {
  const places: Place[] = [];
  for (const [index, size] of sizes.entries()) {
    const place = find(random.split(index), size, width, height, places);
    if (!place) throw new RangeError(`no room for ${sizes.length} squares in ${width} × ${height} pixels.`);
    places.push(place);
  }
  return places;
}

function find(random: Rng, size: number, width: number, height: number, taken: readonly Place[]): Place | undefined {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const at = (axis: string, length: number) => random.split(attempt, axis).integer(length - size + 1);
    const place = { left: at("left", width), top: at("top", height), size };
    if (!taken.some((other) => overlap(boxOf(place), boxOf(other)))) return place;
  }
  return undefined;
}

export const boxOf = ({ left, top, size }: Place): Box => ({ left, top, width: size, height: size });

/** Whether two boxes share more than an edge. */
export const overlap = (a: Box, b: Box): boolean =>
  Math.max(a.left, b.left) < Math.min(a.left + a.width, b.left + b.width) &&
  Math.max(a.top, b.top) < Math.min(a.top + a.height, b.top + b.height);
