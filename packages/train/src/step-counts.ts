import { requireCounts, type BatchSource } from "@fovea/nn";

/**
 * The length of a run in steps, epochs and batches. A step is one update of the weights; it uses `accumulate` batches.
 */
export interface StepCounts {
  readonly steps: number;
  readonly epochs: number;
  readonly accumulate: number;
  readonly batchesPerEpoch: number;
  /** All batches of the run. */
  readonly batches: number;
}

/** The options that set the length of a run: either `epochs` or `steps`. */
export interface RunLength {
  /** Passes over the data. */
  readonly epochs?: number;
  /** Updates of the weights. */
  readonly steps?: number;
  /** Batches a step. Default 1. */
  readonly accumulate?: number;
}

/**
 * The counts of a run. @throws RangeError for lengths that are no counts, or unless exactly one of `epochs` and `steps`
 * is given
 */
export function stepCounts(
  source: Pick<BatchSource, "stepsPerEpoch">,
  { epochs, steps, accumulate = 1 }: RunLength,
): StepCounts {
  const batchesPerEpoch = source.stepsPerEpoch;
  requireCounts("fit", { "batches.stepsPerEpoch": batchesPerEpoch, accumulate });
  if ((epochs === undefined) === (steps === undefined))
    throw new RangeError(`fit: give either \`epochs\` or \`steps\`, got epochs = ${epochs}, steps = ${steps}.`);
  if (accumulate > batchesPerEpoch)
    throw new RangeError(
      `fit: \`accumulate\` must be at most the ${batchesPerEpoch} batches of an epoch, got ${accumulate}.`,
    );
  requireCounts("fit", epochs === undefined ? { steps: steps! } : { epochs });
  const batches = epochs === undefined ? steps! * accumulate : epochs * batchesPerEpoch;
  return {
    steps: Math.ceil(batches / accumulate),
    epochs: Math.ceil(batches / batchesPerEpoch),
    accumulate,
    batchesPerEpoch,
    batches,
  };
}

/** Batches used up after `step` steps. */
export const batchesAfter = ({ accumulate, batches }: StepCounts, step: number): number =>
  Math.min(step * accumulate, batches);

/** A step belongs to the epoch of its first batch. */
export const epochOf = ({ accumulate, batchesPerEpoch }: StepCounts, step: number): number =>
  Math.floor((step * accumulate) / batchesPerEpoch);

/** The epoch's first step. */
export const firstStepOf = ({ accumulate, batchesPerEpoch }: StepCounts, epoch: number): number =>
  Math.ceil((epoch * batchesPerEpoch) / accumulate);

/** Whether an epoch, or the run, ends after `step` steps. */
export const endsEpoch = (counts: StepCounts, step: number): boolean =>
  step > 0 && (step === counts.steps || epochOf(counts, step) > epochOf(counts, step - 1));
