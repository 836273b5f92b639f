import type { Rng } from "@fovea/nn";
import type { Place } from "./place.js";

const TRIES = 100;

/** How far a square may reach over the border, as a fraction of its side. */
const OVER = 1 / 4;

/**
 * Squares of these sizes at random places of a square of `side` pixels. No square covers more than `overlap` of
 * another. One that finds no place is left out; `index` says which of the sizes a place has.
 */
export function scattered(
  random: Rng,
  sizes: readonly number[],
  side: number,
  overlap: number,
): { readonly place: Place; readonly index: number }[] {
  const placed: { readonly place: Place; readonly index: number }[] = [];
  for (const [index, size] of sizes.entries())
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const over = Math.round(size * OVER);
      const at = (axis: string) =>
        random.split(index, attempt, axis).integer(Math.max(1, side - size + 2 * over + 1)) - over;
      const place = { left: at("left"), top: at("top"), size };
      if (placed.some((other) => covered(place, other.place) > overlap)) continue;
      placed.push({ place, index });
      break;
    }
  return placed;
}

/** The share of the smaller of two squares that the other one covers. */
export function covered(a: Place, b: Place): number {
  const along = (p: number, q: number) => Math.max(0, Math.min(p + a.size, q + b.size) - Math.max(p, q));
  return (along(a.left, b.left) * along(a.top, b.top)) / Math.min(a.size, b.size) ** 2;
}
