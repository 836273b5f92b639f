import { requireCounts, type BatchSource } from "@fovea/nn";

/** How long a run is, as numbers. A step is one update of the weights; it uses `accumulate` batches. */
export interface Plan {
  readonly steps: number;
  readonly epochs: number;
  readonly accumulate: number;
  readonly batchesPerEpoch: number;
  /** Of the whole run. */
  readonly batches: number;
}

/** What the length of a run follows from: `epochs` or `steps`, one of them. */
export interface RunLength {
  readonly epochs?: number;
  readonly steps?: number;
  readonly accumulate?: number;
}

/** @throws RangeError for lengths that are no counts, or unless exactly one of `epochs` and `steps` is given */
export function planRun(
  source: Pick<BatchSource, "stepsPerEpoch">,
  { epochs, steps, accumulate = 1 }: RunLength,
): Plan {
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
export const batchesAfter = ({ accumulate, batches }: Plan, step: number): number =>
  Math.min(step * accumulate, batches);

/** A step belongs to the epoch of its first batch. */
export const epochOf = ({ accumulate, batchesPerEpoch }: Plan, step: number): number =>
  Math.floor((step * accumulate) / batchesPerEpoch);

/** The epoch's first step. */
export const firstStepOf = ({ accumulate, batchesPerEpoch }: Plan, epoch: number): number =>
  Math.ceil((epoch * batchesPerEpoch) / accumulate);

/** Whether an epoch, or the run, ends after `step` steps. */
export const endsEpoch = (plan: Plan, step: number): boolean =>
  step > 0 && (step === plan.steps || epochOf(plan, step) > epochOf(plan, step - 1));
