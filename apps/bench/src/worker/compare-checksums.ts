import { difference } from "./checksum.js";
import type { Expected, Observation } from "./protocol.js";

/** How far numbers are from the reference's, and the reason why that is too far, if it is. */
type Deviation = { readonly [Key in "valueDifference" | "difference"]: number } & Pick<Observation, "invalid">;

/** Float order alone moves outputs by about 1e-6 and, through the gates of ReLUs, gradients by up to about 1e-3. */
const VALUE_TOLERANCE = 1e-3;
const GRADIENT_TOLERANCE = 1e-2;

/** Compares checksums with those expected, the output or the loss first, both in the same order. */
export function compareChecksums(
  found: Expected,
  expected: Expected,
  gradientTolerance = GRADIENT_TOLERANCE,
): Deviation {
  const valueDifference = difference(found.slice(0, 1), expected.slice(0, 1));
  const all = difference(found, expected);
  const from = (apart: number) => `from the reference by ${apart.toPrecision(2)}`;
  const invalid =
    valueDifference > VALUE_TOLERANCE
      ? `the ${expected[0]!.name} differs ${from(valueDifference)}`
      : all > gradientTolerance
        ? `gradients differ ${from(all)}`
        : null;
  return { valueDifference, difference: all, invalid };
}
