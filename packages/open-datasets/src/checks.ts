import { requireCounts, requireOneOf } from "@fovea/nn";
import type { Variation } from "./rendering/pose.js";

/** Throws the error of a field of a config: `who: expected, got …`. @throws RangeError always */
export function refuse(who: string, expected: string, got: unknown): never {
  throw new RangeError(`${who}: ${expected}, got ${String(got)}.`);
}

/** @throws RangeError for a field that is out of its range */
export function requireVariation(who: string, variation: Variation): void {
  const { rotation, tilt, scale, shift, light, blur, background } = variation;
  const within = (field: string, value: number, least: number, most: number) => {
    if (!(value >= least && value <= most)) refuse(who, `\`variation.${field}\` must be in ${least} … ${most}`, value);
  };
  within("rotation", rotation, 0, 180);
  within("tilt", tilt, 0, 80);
  within("scale[1]", scale[1], 0.1, 1);
  within("scale[0]", scale[0], 0.1, scale[1]);
  within("shift", shift, 0, 1);
  within("light", light, 0, 1);
  within("blur", blur, 0, 8);
  requireOneOf(who, { "variation.background": background }, ["photo", "white"]);
}

/** Checks the numbers that every set has. @throws RangeError for one that is not an integer of at least 1 */
export function requireRenderings(who: string, size: number, renderings: Readonly<Record<string, number>>): void {
  requireCounts(who, { size });
  for (const [split, count] of Object.entries(renderings)) requireCounts(who, { [`renderings.${split}`]: count });
}
