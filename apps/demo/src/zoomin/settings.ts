import { choice, count, counts, fixed, integer, list, rate, text, weight, type SettingsOf } from "@fovea/experiment";

/** What can be chosen of `zoomin`. Sizes are widths and heights in pixels. */
export const SETTINGS = {
  data: text("signs", "signs: painted scenes; or folder:PATH, images of any size and PATH/labels.csv with file,label"),
  thinClasses: choice("refuse", ["refuse", "leave-out"], "what is done with classes of too few images of one's own"),
  targets: list(["regulatory--stop", "regulatory--yield", "regulatory--no-entry"], "signs that are told apart"),
  signSize: fixed<readonly [number, number]>([24, 32], "size of the signs, from and to"),
  sizes: counts([256, 512, 1024], "sizes of the scenes that are learned from, one after another"),
  distractors: integer(2, "other signs in a scene of the first size; larger scenes have as many a pixel"),
  scenes: count(768, "training scenes of the first size"),
  epochs: count(8, "passes over them, or over images of one's own"),
  laterScenes: count(256, "training scenes of each further size"),
  laterEpochs: count(4, "passes over them"),
  heldOut: count(96, "validation scenes of each size, and as many test scenes"),
  unseen: count(2048, "size of scenes that `results` only tests on"),
  large: integer(20_000, "size of the scene that `run` classifies from a file; 0: none"),
  pretrainClasses: integer(40, "other signs that the feature networks learn first; 0: they begin at random"),
  pretrainScenes: count(3072, "small scenes of these"),
  pretrainEpochs: count(14, "passes over them"),
  tile: count(128, "size of a tile"),
  patch: count(64, "size of a patch"),
  firstScale: fixed(1 / 4, "scale of the first view"),
  secondScale: fixed(1 / 2, "scale of the view of a chosen tile"),
  samples: count(16, "patches of an image"),
  batch: count(16, "images in a batch"),
  learningRate: rate(5e-3, "highest learning rate on the first size"),
  laterLearningRate: rate(2e-3, "on further ones"),
  entropy: weight(1e-4, "weight of attention's negative entropy"),
  contrast: weight(1, "weight of the contrast, in the variant that has it"),
  weightDecay: fixed(1e-4, "weight decay"),
  onFailure: {
    ...choice("throw", ["throw", "skip"], "what becomes of an image that cannot be read in the middle of training"),
    decisive: false,
  },
  memory: {
    ...text("", "a part of the page of results: what `npm run bench -- large --md FILE` has written"),
    decisive: false,
  },
};

/** Everything that decides what a run does. */
export type Settings = SettingsOf<typeof SETTINGS>;
