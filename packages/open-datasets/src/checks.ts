import type { Variation } from "./rendering/pose.js";

/** Checks of a config. Each throws a RangeError, `who: expected, got …`, and names a field as the caller wrote it. */
export interface Checks {
  /** @throws RangeError always */
  fail(expected: string, got: unknown): never;
  wholeNumber(field: string, value: number, least?: number): void;
  oneOf(field: string, value: string, known: readonly string[]): void;
  variation(variation: Variation): void;
  /** The numbers that every set has. */
  renderings(size: number, renderings: Readonly<Record<string, number>>): void;
}

/** The checks of the function `who`. */
export function checksOf(who: string): Checks {
  const fail = (expected: string, got: unknown): never => {
    throw new RangeError(`${who}: ${expected}, got ${String(got)}.`);
  };
  const wholeNumber = (field: string, value: number, least = 1) => {
    if (!(Number.isSafeInteger(value) && value >= least))
      fail(`\`${field}\` must be a whole number of at least ${least}`, value);
  };
  const oneOf = (field: string, value: string, known: readonly string[]) => {
    if (!known.includes(value)) fail(`\`${field}\` must be of ${known.join(", ")}`, value);
  };
  const within = (field: string, value: number, least: number, most: number) => {
    if (!(value >= least && value <= most)) fail(`\`variation.${field}\` must be in ${least} … ${most}`, value);
  };
  const variation = ({ rotation, tilt, scale, shift, light, blur, background }: Variation) => {
    within("rotation", rotation, 0, 180);
    within("tilt", tilt, 0, 80);
    within("scale[1]", scale[1], 0.1, 1);
    within("scale[0]", scale[0], 0.1, scale[1]);
    within("shift", shift, 0, 1);
    within("light", light, 0, 1);
    within("blur", blur, 0, 8);
    oneOf("variation.background", background, ["photo", "white"]);
  };
  const renderingCounts = (size: number, renderings: Readonly<Record<string, number>>) => {
    wholeNumber("size", size);
    for (const [split, count] of Object.entries(renderings)) wholeNumber(`renderings.${split}`, count);
  };
  return { fail, wholeNumber, oneOf, variation, renderings: renderingCounts };
}
