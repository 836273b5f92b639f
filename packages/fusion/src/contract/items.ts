import type { Items } from "./fixture.js";

const TOLERANCE = 1e-4;

const differ = (a: Float32Array, b: Float32Array): boolean =>
  a.length !== b.length || a.some((value, i) => Math.abs(value - b[i]!) > TOLERANCE * Math.max(1, Math.abs(b[i]!)));

/** Whether both have the same items in the same order. */
export const sameItems = (a: Items, b: Items): boolean =>
  a.length === b.length &&
  a.every((row, i) => row.length === b[i]!.length && row.every((item, j) => !differ(item, b[i]![j]!)));

/** Whether both have the same items in each row, in any order. */
export const sameSets = (a: Items, b: Items): boolean =>
  a.length === b.length && a.every((row, i) => row.length === b[i]!.length && isPermutation(row, b[i]!));

function isPermutation(row: readonly Float32Array[], other: readonly Float32Array[]): boolean {
  const left = [...other];
  return row.every((item) => {
    const match = left.findIndex((candidate) => !differ(item, candidate));
    if (match >= 0) left.splice(match, 1);
    return match >= 0;
  });
}

/** @throws Error with `message` unless `condition` */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
