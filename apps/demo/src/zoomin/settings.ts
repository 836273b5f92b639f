/** Everything that decides what a run does; plain JSON, stored with the model. */
export interface Settings {
  /** The signs to be told apart, as `@fovea/open-sets` calls them; no sign of them is one more class. */
  readonly targets: readonly string[];
  /** Side of the scenes that are learned from, in pixels. */
  readonly side: number;
  /** Other signs in each of them. */
  readonly distractors: number;
  /** Side of the signs in pixels: the least and the most. */
  readonly signSize: readonly [number, number];
  /** Scenes to learn from; a quarter as many to choose the epoch on, and to be tested on. */
  readonly scenes: number;
  /** Pixels of a tile, of a patch. */
  readonly tile: number;
  readonly patch: number;
  /** A pixel of a view from afar is so many of the picture, one of a view of a tile so many. */
  readonly far: number;
  readonly near: number;
  /** Patches of a picture. */
  readonly samples: number;
  /** `conv` from scratch, or `trunk`: a frozen ImageNet one with a trained projection. */
  readonly features: string;
  readonly batch: number;
  readonly epochs: number;
  readonly lr: number;
  /** Weight of attention's negative entropy. */
  readonly entropy: number;
  /** Weight of `attentionContrast`. */
  readonly contrast: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/** What `npm run demo -- zoomin` does: some minutes on two cores. */
export const DEFAULTS: Settings = {
  targets: ["regulatory--stop"],
  side: 384,
  distractors: 0,
  signSize: [48, 64],
  scenes: 192,
  tile: 128,
  patch: 64,
  far: 8,
  near: 4,
  samples: 8,
  features: "conv",
  batch: 16,
  epochs: 12,
  lr: 1e-2,
  entropy: 0.0001,
  contrast: 0,
  weightDecay: 1e-4,
  seed: 0,
};
