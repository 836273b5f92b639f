/** @throws RangeError unless `scale` is in (0, 1] */
export function requireScale(who: string, name: string, scale: number): void {
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`${who}: \`${name}\` must be in (0, 1], got ${scale}.`);
}
