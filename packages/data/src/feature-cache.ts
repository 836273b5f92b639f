/** Features that were computed once, outside the backend's memory. */
export interface StoredFeatures {
  /** The numbers of all items, one after another. */
  readonly values: Float32Array;
  /** [items, ...rest] */
  readonly shape: readonly number[];
}

/** Encodes the items that follow those in `known`, gives each batch's features to `keep`, and returns all features. */
export type EncodeRest = (
  known: StoredFeatures | undefined,
  keep: (batch: StoredFeatures) => Promise<void>,
) => Promise<StoredFeatures>;

/** Where `encodeFeatures` keeps features. `featureFile` makes one. */
export interface FeatureCache {
  /**
   * Runs `encodeRest` with the features that are kept of exactly these inputs: of all items, of the first ones if a run
   * was interrupted, or none. Nothing else of this cache runs meanwhile.
   *
   * @param inputs - a text that says what is encoded; features of other inputs are never used
   * @param signal - ends the wait for another process
   */
  through(inputs: string, encodeRest: EncodeRest, signal?: AbortSignal): Promise<StoredFeatures>;
}
