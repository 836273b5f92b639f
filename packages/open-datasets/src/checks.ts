import type { Variation } from "./rendering/pose.js";

/** What fails with `who: expected, got what came.` Every field is named as the caller wrote it. */
export interface Checks {
  /** @throws RangeError always */
  fail(expected: string, got: unknown): never;
  whole(field: string, value: number, least?: number): void;
  oneOf(field: string, value: string, known: readonly string[]): void;
  variation(variation: Variation): void;
  /** The numbers that every set has. */
  images(size: number, renderings: Readonly<Record<string, number>>): void;
}

/** The checks of the function `who`. */
export function checksOf(who: string): Checks {
  const fail = (expected: string, got: unknown): never => {
    throw new RangeError(`${who}: ${expected}, got ${String(got)}.`);
  };
  const whole = (field: string, value: number, least = 1) => {
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
  const images = (size: number, renderings: Readonly<Record<string, number>>) => {
    whole("size", size);
    for (const [side, count] of Object.entries(renderings)) whole(`renderings.${side}`, count);
  };
  return { fail, whole, oneOf, variation, images };
}
