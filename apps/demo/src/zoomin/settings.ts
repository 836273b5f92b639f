/** Everything that decides what a run does; plain JSON, stored with the model. */
export interface Settings {
  /** The signs to be told apart, as `@fovea/open-datasets` calls them; no sign of them is one more class. */
  readonly targets: readonly string[];
  /** Side of the signs in pixels: the least and the most. */
  readonly signSize: readonly [number, number];
  /**
   * Sides of the scenes that are learned from, in pixels, one after another: what was learned on one is where the next
   * begins.
   */
  readonly sides: readonly number[];
  /** Other signs in a scene of the first side. Larger ones have as many a pixel. */
  readonly distractors: number;
  /** Scenes to learn from, and passes over them, of the first side and of each later one. */
  readonly scenes: number;
  readonly epochs: number;
  readonly laterScenes: number;
  readonly laterEpochs: number;
  /** Scenes of each side to choose the epoch on, and as many to be tested on. */
  readonly held: number;
  /** Signs of other meanings that the feature network has learned to tell apart before; 0: it begins at random. */
  readonly meanings: number;
  /** Of those, small scenes of one sign each, and passes over them. */
  readonly meaningScenes: number;
  readonly meaningEpochs: number;
  /** Pixels of a tile, of a patch. */
  readonly tile: number;
  readonly patch: number;
  /** A pixel of a view from afar is so many of the picture, one of a view of a chosen tile so many. */
  readonly far: number;
  readonly near: number;
  /** Patches of a picture. */
  readonly samples: number;
  readonly batch: number;
  /** Highest learning rate, on the first side and on later ones. */
  readonly lr: number;
  readonly laterLr: number;
  /** Weight of attention's negative entropy. */
  readonly entropy: number;
  /** Weight of `attentionContrast`, in the strategies that have it. */
  readonly contrast: number;
  readonly weightDecay: number;
  /** Whether a scene that cannot be read in the middle of the run ends it, or is left out of its batch and named. */
  readonly onFailure: "throw" | "skip";
  readonly seed: number;
}

/** What `npm run demo -- zoomin` does, some minutes on two cores, and `zoomin-results` with every strategy. */
export const DEFAULTS: Settings = {
  targets: ["regulatory--stop", "regulatory--yield", "regulatory--no-entry"],
  signSize: [24, 32],
  sides: [256, 512, 1024],
  distractors: 2,
  scenes: 768,
  epochs: 8,
  laterScenes: 256,
  laterEpochs: 4,
  held: 96,
  meanings: 40,
  meaningScenes: 3072,
  meaningEpochs: 14,
  tile: 128,
  patch: 64,
  far: 4,
  near: 2,
  samples: 16,
  batch: 16,
  lr: 5e-3,
  laterLr: 2e-3,
  entropy: 1e-4,
  contrast: 1,
  weightDecay: 1e-4,
  onFailure: "throw",
  seed: 0,
};

/** Side of scenes that are only tested on by `npm run demo -- zoomin-results`. */
export const UNSEEN = 2048;

/** @throws RangeError for a side that is there twice: its scenes and its checkpoints are kept by their side */
export function requireSides({ sides }: Pick<Settings, "sides">): void {
  if (new Set(sides).size < sides.length)
    throw new RangeError(`zoomin: every side can be learned from once, got --sides ${sides.join(",")}.`);
}

/** One size of scenes, and what is spent on it. */
export interface Stage {
  readonly side: number;
  readonly distractors: number;
  readonly scenes: number;
  readonly epochs: number;
  readonly lr: number;
}

/** One after another. */
export const stagesOf = (settings: Settings): Stage[] =>
  settings.sides.map((side, i) => ({
    side,
    distractors: distractorsAt(settings, side),
    scenes: i === 0 ? settings.scenes : settings.laterScenes,
    epochs: i === 0 ? settings.epochs : settings.laterEpochs,
    lr: i === 0 ? settings.lr : settings.laterLr,
  }));

/** As many a pixel as on the first side. */
export const distractorsAt = ({ distractors, sides }: Settings, side: number): number =>
  Math.round(distractors * (side / sides[0]!) ** 2);
