import type { Attribute, Output } from "./graph.js";
import type { Data, Type, Value } from "./types.js";

/** Elements up to which constants are compared. */
const small = 64;

/** Equal for constants that are the same; undefined for large ones. */
export const constantKey = (type: Type, values: Data, shape: readonly number[]): string | undefined =>
  values.length > small
    ? undefined
    : `${type}[${shape.join()}]${Array.from<number | bigint, string>(values, text).join()}`;

const text = (n: number | bigint): string => (Object.is(n, -0) ? "-0" : String(n));

/** Equal for nodes that compute the same of the same inputs. */
export const nodeKey = (
  domain: string,
  op: string,
  inputs: readonly (Value | undefined)[],
  outs: readonly Output[],
  attributes: readonly [string, Attribute][],
): string =>
  JSON.stringify([domain, op, inputs.map((x) => x?.name), outs, attributes.toSorted(([a], [b]) => (a < b ? -1 : 1))]);

/** What `make` made for this key the first time. */
export function once<T>(made: Map<string, T>, key: string, make: () => T): T {
  const known = made.get(key);
  if (known !== undefined) return known;
  const value = make();
  made.set(key, value);
  return value;
}
