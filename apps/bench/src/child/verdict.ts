import { difference } from "./digest.js";
import type { Expected } from "./protocol.js";

/** Float order alone moves outputs by about 1e-6 and, through the gates of ReLUs, gradients by up to about 1e-3. */
const VALUE = 1e-3;
const GRADIENTS = 1e-2;

/** How far digests are from those expected, the output or the loss first, and why they are too far, if they are. */
export function verdict(found: Expected, expected: Expected) {
  const value = difference(found.slice(0, 1), expected.slice(0, 1));
  const all = difference(found, expected);
  const far = (what: string, by: number) => `${what} from the reference by ${by.toPrecision(2)}`;
  const invalid =
    value > VALUE
      ? far(`the ${expected[0]!.name} differs`, value)
      : all > GRADIENTS
        ? far("gradients differ", all)
        : null;
  return { difference: all, invalid };
}
