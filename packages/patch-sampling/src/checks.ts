import { requireCounts } from "@fovea/nn";
import type { Eye } from "./glance.js";

/** Refuses what no eye can have. @param names - the config's names for the scale and for the size of the regions */
export function requireEye(who: string, names: { readonly scale: string; readonly size: string }, eye: Eye): void {
  const [height, width] = eye.size;
  requireCounts(who, { [`${names.size} height`]: height, [`${names.size} width`]: width });
  requireScale(who, names.scale, eye.scale);
  requireOneOf(who, { placement: eye.placement }, ["centre", "corner"]);
  if (!(eye.smoothing >= 0 && eye.smoothing < 1))
    throw new RangeError(`${who}: \`smoothing\` must be in [0, 1), got ${eye.smoothing}.`);
}

export function requireScale(who: string, name: string, scale: number): void {
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`${who}: \`${name}\` must be in (0, 1], got ${scale}.`);
}

/** Plain JSON may hold any word. */
export function requireOneOf(who: string, given: Readonly<Record<string, string>>, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given))
    if (!known.includes(value))
      throw new RangeError(`${who}: \`${name}\` must be ${known.join(" or ")}, got ${String(value)}.`);
}
