import * as tf from "@tensorflow/tfjs-core";

/** Tensors in plain objects and arrays, with null, undefined, booleans and strings beside them. */
export type Structure = unknown;

const isPlain = (x: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(x) as null);

/**
 * The structure with each tensor replaced by what `replace` returns.
 *
 * @param path - where in the structure a tensor lies, such as `[0].labels`, is told to `replace`
 * @param refuse - throws for a value that is no part of a structure
 */
export function mapTensors(
  x: Structure,
  replace: (tensor: tf.Tensor, path: string) => unknown,
  refuse: (value: unknown, path: string) => never,
  path = "",
): Structure {
  if (x instanceof tf.Tensor) return replace(x, path);
  if (x === null || x === undefined || typeof x === "boolean" || typeof x === "string") return x;
  if (Array.isArray(x)) return x.map((part, i) => mapTensors(part, replace, refuse, `${path}[${i}]`));
  if (typeof x !== "object" || !isPlain(x)) return refuse(x, path);
  const entries = Object.entries(x).map(([name, part]) => [name, mapTensors(part, replace, refuse, `${path}.${name}`)]);
  return Object.fromEntries(entries);
}

/** What tells one structure from another: its form, the types and shapes of its tensors, and everything else in it. */
export function structureKey(x: Structure, refuse: (value: unknown, path: string) => never): string {
  return JSON.stringify(
    mapTensors(x, ({ dtype, shape }) => ({ dtype, shape }), refuse),
    (_, part: unknown) => (part === undefined ? { undefined: true } : part),
  );
}

/** For structures that have been looked through before. */
export const never = (value: unknown, path: string): never => {
  throw new TypeError(`expected tensors alone, got ${String(value)} at ${path}.`);
};
