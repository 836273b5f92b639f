/**
 * Refuses numbers, and lists with numbers, that are not integers or are less than `least`. Call it before anything is
 * allocated.
 *
 * @example requireCounts("linear", { in: inSize, out: outSize })
 * @throws RangeError that names the caller and the argument: `channels`, or `strides[2]` of a list
 */
export function requireCounts(
  who: string,
  counts: Readonly<Record<string, number | readonly number[]>>,
  least = 1,
): void {
  for (const [name, given] of Object.entries(counts).flatMap(listed))
    if (!Number.isSafeInteger(given) || given < least)
      throw new RangeError(`${who}: \`${name}\` must be a whole number of at least ${least}, got ${given}.`);
}

/** A list as its numbers by name: `bins[0]`, `bins[1]` … */
const listed = ([name, given]: readonly [string, number | readonly number[]]) =>
  [given].flat().map((one, i) => [Array.isArray(given) ? `${name}[${i}]` : name, one] as const);

/** Refuses rates (of dropout, for example) outside [0, 1). @throws RangeError that names the caller and the argument */
export function requireRates(who: string, rates: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(rates))
    if (!(value >= 0 && value < 1))
      throw new RangeError(`${who}: \`${name}\` must be at least 0 and less than 1, got ${value}.`);
}

/**
 * Refuses values that are not among `known`: a config that was read from JSON may hold any string.
 *
 * @example requireOneOf("mcLoss", { reduction }, ["normalized", "segments", "raw"])
 * @throws RangeError that names the caller and the argument, and lists `known`
 */
export function requireOneOf(who: string, given: Readonly<Record<string, string>>, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given))
    if (!known.includes(value))
      throw new RangeError(`${who}: \`${name}\` must be one of ${known.join(", ")}, got ${String(value)}.`);
}
