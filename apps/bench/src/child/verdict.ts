import { difference } from "./digest.js";
import type { Expected } from "./protocol.js";

/** How far what was found is from what was expected. */
export interface Verdict {
  /** Of the output or the loss alone. */
  readonly valueDifference: number;
  /** Of that and every gradient, the worst. */
  readonly difference: number;
  /** Why that is too far, if it is. */
  readonly invalid: string | null;
}

/** Float order alone moves outputs by about 1e-6 and, through the gates of ReLUs, gradients by up to about 1e-3. */
const VALUE = 1e-3;
const GRADIENTS = 1e-2;

/** Holds digests against those expected, the output or the loss first, both in the same order. */
export function verdict(found: Expected, expected: Expected, gradients = GRADIENTS): Verdict {
  const valueDifference = difference(found.slice(0, 1), expected.slice(0, 1));
  const all = difference(found, expected);
  const from = (apart: number) => `from the reference by ${apart.toPrecision(2)}`;
  const invalid =
    valueDifference > VALUE
      ? `the ${expected[0]!.name} differs ${from(valueDifference)}`
      : all > gradients
        ? `gradients differ ${from(all)}`
        : null;
  return { valueDifference, difference: all, invalid };
}
