/** Shapes that are recorded without asking whether they come again. */
const FREE = 8;

/** Batches that a recording must be worth: it takes as long as several eager steps. */
const WORTH = 4;

/** Counts batches, and the recordings that were made for them. */
export interface VariedShapes {
  batch(): void;
  /** @throws TypeError where nearly every batch has shapes of its own, as images of all sizes have */
  recording(): void;
}

export function variedShapes(): VariedShapes {
  let [batches, recordings] = [0, 0];
  return {
    batch: () => void batches++,
    recording() {
      if (++recordings > FREE && batches < WORTH * recordings)
        throw new TypeError(
          `fit: ${recordings} of ${batches} batches have shapes of their own, each of which would be recorded anew.`,
        );
    },
  };
}
