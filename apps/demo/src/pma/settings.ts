import { choice, count, fixed, rate, text, type SettingsOf } from "@fovea/experiment";

/** What `run` takes: a few minutes on two cores. */
export const settings = {
  data: text("emoji", "emoji, cub:PATH with its captions, or list:FILE, a .jsonl or .csv of image, text and label"),
  thinClasses: choice("refuse", ["refuse", "leave-out"], "classes of your own with too few images"),
  size: count(96, "side of an image in pixels; maps have a sixteenth of it"),
  stages: count(3, "stages of progressive mask attention"),
  sentences: count(2, "sentences of an image that are drawn for each training step"),
  maxPhrases: count(20, "phrases of an image at most"),
  vectors: text("glove", "of words: glove (of 3,000 words), none (they are learned), or a file in GloVe's format"),
  wordDim: count(100, "length of the vector of a word, where they are learned"),
  phraseDim: count(128, "length of the vector of a phrase"),
  finalDim: count(128, "length of the vector of a stage"),
  wordDropout: fixed(0.2, "of the numbers of the vectors of words"),
  dropout: fixed(0.5, "before the classifier"),
  textDropout: fixed(0.3, "share of the texts that a model whose text may be missing learns without"),
  batch: count(32, "images in a batch"),
  epochs: count(6, "passes over the training images"),
  learningRate: rate(2e-3, "highest learning rate"),
  weightDecay: fixed(0.05, "of all weights but vectors"),
};

export type Settings = SettingsOf<typeof settings>;
