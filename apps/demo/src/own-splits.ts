import { rng } from "@fovea/nn";

export const SPLITS = ["train", "validation", "test"] as const;
export type Split = (typeof SPLITS)[number];

/** Something with the name of its class. */
export interface OfClass {
  readonly className: string;
}

/** Something for each split. */
export type Splits<T> = Readonly<Record<Split, T>>;

/** How many samples each split has. */
export const sizesOf = ({ train, validation, test }: Splits<readonly unknown[]>): Splits<number> => ({
  ...{ train: train.length, validation: validation.length, test: test.length },
});

/** The share of the samples of a class that is held out for each split that is missing. */
const HELD_OUT = 0.2;

/** What images of one's own need to be. */
export interface SplitOptions {
  /** Draws the splits that are missing. */
  readonly seed: number;
  /** Samples of a class that each split needs. */
  readonly least: number;
  /** Whether a class with too few of them ends the run, or is named and left out. */
  readonly thinClasses: "refuse" | "leave-out";
  /** The splits that are needed. Default: all three. */
  readonly splits?: readonly Split[];
}

/** Classes, sorted, and samples by split with the index of their class. */
export interface LabeledSplits<Sample> extends Splits<readonly (Sample & { readonly label: number })[]> {
  readonly classes: readonly string[];
}

/**
 * All splits that are needed: those that are missing are drawn from the training samples of each class by the seed.
 *
 * @param who - says it if something is wrong
 * @throws RangeError for classes with too few samples unless they are left out, and for fewer than two classes
 */
export function labeledSplits<Sample extends OfClass>(
  who: string,
  given: Partial<Splits<readonly Sample[]>>,
  options: SplitOptions,
): LabeledSplits<Sample> {
  const { seed, least, splits = SPLITS } = options;
  const all: Record<Split, readonly Sample[]> = { train: [], validation: [], test: [], ...given };
  for (const split of ["test", "validation"] as const)
    if (!given[split] && splits.includes(split)) [all.train, all[split]] = heldOut(all.train, seed, split, least);
  const classes = classesOf(who, all, options);
  const labeled = (samples: readonly Sample[]) =>
    samples
      .filter(({ className }) => classes.includes(className))
      .map((sample) => ({ ...sample, label: classes.indexOf(sample.className) }));
  return { classes, train: labeled(all.train), validation: labeled(all.validation), test: labeled(all.test) };
}

/** Draws a share of each class, as many as are needed if there is one more. @returns the rest and what was drawn */
function heldOut<Sample extends OfClass>(
  samples: readonly Sample[],
  seed: number,
  split: Split,
  least: number,
): [Sample[], Sample[]] {
  const drawn = new Set<Sample>();
  for (const name of new Set(samples.map(({ className }) => className))) {
    const own = samples.filter(({ className }) => className === name);
    const order = rng(seed).split("split", split, name).permutation(own.length);
    const share = Math.min(own.length - 1, Math.max(least, Math.round(HELD_OUT * own.length)));
    for (const at of order.subarray(0, share)) drawn.add(own[at]!);
  }
  return [samples.filter((sample) => !drawn.has(sample)), samples.filter((sample) => drawn.has(sample))];
}

/** The classes, sorted, that have enough samples in each split. */
function classesOf(
  who: string,
  samples: Splits<readonly OfClass[]>,
  { least, thinClasses, splits = SPLITS }: SplitOptions,
): string[] {
  const all = [...new Set(splits.flatMap((split) => samples[split].map(({ className }) => className)))].sort();
  const countIn = (className: string, split: Split) =>
    samples[split].filter((sample) => sample.className === className).length;
  const thin = all.filter((className) => splits.some((split) => countIn(className, split) < least));
  const why = thin.map((className) => `${className} (${splits.map((split) => `${countIn(className, split)} ${split}`).join(", ")})`); // prettier-ignore
  if (thin.length > 0 && thinClasses === "refuse")
    throw new RangeError(
      `${who}: expected at least ${least} image${least === 1 ? "" : "s"} of each class in each split; too few of ` +
        `${why.join("; ")}. \`--thin-classes leave-out\` goes on without.`,
    );
  for (const reason of why) console.error(`${who}: the class ${reason} has too few images and is left out`);
  const classes = all.filter((className) => !thin.includes(className));
  if (classes.length < 2)
    throw new RangeError(`${who}: expected at least 2 classes, got ${classes.join(", ") || "none"}.`);
  return classes;
}
