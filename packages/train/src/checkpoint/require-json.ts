import { described, kindOf } from "../described.js";

/**
 * Refuses what a checkpoint could not give back: numbers that are not finite, functions, BigInt, maps, dates, typed
 * arrays, what contains itself. The values of an object may be undefined, which leaves their keys out.
 *
 * @param name - where the value stands, for the error
 * @throws TypeError that names the first such place
 */
export function requireJson(name: string, value: unknown, above: readonly unknown[] = []): void {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return;
  const circular = above.includes(value);
  const inside = [...above, value];
  if (Array.isArray(value) && !circular) value.forEach((item, i) => requireJson(`${name}[${i}]`, item, inside));
  else if (kindOf(value) === "Object" && !circular) {
    for (const [key, item] of Object.entries(value as object))
      if (item !== undefined) requireJson(`${name}.${key}`, item, inside);
  } else {
    const got = circular ? "an object that contains itself" : described(value);
    throw new TypeError(`fit: \`${name}\` must be plain JSON, for the checkpoints, got ${got}.`);
  }
}
