/** Everything that decides what a run does; plain JSON, stored with the model. */
export interface Settings {
  /** `emoji`, or `folder:PATH`. */
  readonly data: string;
  readonly classes: number;
  /** Side of a picture in pixels. */
  readonly size: number;
  /** The most views of a collection. Each batch draws its own number from 1 up to this. */
  readonly views: number;
  readonly epochs: number;
  /** Collections in a batch. */
  readonly batch: number;
  readonly lr: number;
  readonly weightDecay: number;
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
  /** The trunk's map that becomes tokens. */
  readonly stage: string;
  /** Test collections a class, for each number of views. */
  readonly collections: number;
  readonly seed: number;
}

/** What `npm run demo` does: a few minutes on two cores. */
export const DEFAULTS: Settings = {
  data: "emoji",
  classes: 40,
  size: 64,
  views: 3,
  epochs: 4,
  batch: 32,
  lr: 1.5e-3,
  weightDecay: 0.05,
  dim: 64,
  depth: 2,
  heads: 4,
  stage: "block_13_expand_relu",
  collections: 12,
  seed: 0,
};
