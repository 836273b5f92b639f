/** Everything that decides what a run does; plain JSON, stored with the model. */
export interface Settings {
  /** `emoji` or `signs`. */
  readonly data: string;
  readonly classes: number;
  /** Side of a picture in pixels; the maps have a sixteenth of it a side. */
  readonly size: number;
  /** Channels of the first layer of the networks from scratch. */
  readonly width: number;
  /** Channels of the last map that belong to each class, where a network has that many. */
  readonly xi: number;
  /** Weights of the loss from scratch. Pretrained networks have `mcLossWeights.finetune`. */
  readonly alpha: number;
  readonly beta: number;
  readonly batch: number;
  readonly epochs: number;
  readonly lr: number;
  /** Of the pretrained networks. */
  readonly tuneEpochs: number;
  readonly tuneLr: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/** What `npm run demo -- mcloss` does: a few minutes on two cores. */
export const DEFAULTS: Settings = {
  data: "emoji",
  classes: 20,
  size: 96,
  width: 16,
  xi: 3,
  alpha: 1.5,
  beta: 20,
  batch: 32,
  epochs: 10,
  lr: 3e-3,
  tuneEpochs: 6,
  tuneLr: 1e-3,
  weightDecay: 0.05,
  seed: 0,
};

/** What `npm run demo -- mcloss-results` does: longer, since the page stays. */
export const RESULTS: Settings = { ...DEFAULTS, epochs: 20 };
