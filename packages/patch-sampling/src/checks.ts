/** @throws RangeError unless `scale` is in (0, 1] */
export function requireScale(who: string, name: string, scale: number): void {
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`${who}: \`${name}\` must be in (0, 1], got ${scale}.`);
}

/** Plain JSON may hold any word. @throws RangeError unless each value given is one of `known` */
export function requireOneOf(who: string, given: Readonly<Record<string, string>>, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given))
    if (!known.includes(value))
      throw new RangeError(`${who}: \`${name}\` must be ${known.join(" or ")}, got ${String(value)}.`);
}
