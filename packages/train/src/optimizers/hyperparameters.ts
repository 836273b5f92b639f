/** Numbers by the name of the hyperparameter: `momentum`, `weightDecay`, … */
export type Hyperparameters = Readonly<Record<string, number>>;

/** The valid values of a hyperparameter, in words and as a test. */
export interface Range {
  readonly words: string;
  has(value: number): boolean;
}

/** The memory of a running mean. */
export const RATE: Range = { words: "at least 0 and less than 1", has: (value) => value >= 0 && value < 1 };
export const NOT_NEGATIVE: Range = { words: "at least 0", has: (value) => value >= 0 };
export const POSITIVE: Range = { words: "above 0", has: (value) => value > 0 };

/**
 * @param who - speaks in errors
 * @param ranges - every hyperparameter that there is
 * @throws RangeError for a name that is none of them, or a value out of its range
 */
export function requireHyperparameters(
  who: string,
  values: Hyperparameters,
  ranges: Readonly<Record<string, Range>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const range = Object.hasOwn(ranges, name) ? ranges[name] : undefined;
    if (!range)
      throw new RangeError(`${who}: there is no \`${name}\` to schedule; there are ${Object.keys(ranges).join(", ")}.`);
    if (!range.has(value)) throw new RangeError(`${who}: \`${name}\` must be ${range.words}, got ${value}.`);
  }
}
