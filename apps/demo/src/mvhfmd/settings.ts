import { choice, count, fixed, rate, text, weight, type SettingsOf } from "@fovea/experiment";

/** What `run` takes: a few minutes on two cores. */
export const settings = {
  data: text("emoji", "emoji, folder:PATH (with train/CLASS/* and test/CLASS/*, or CLASS/*), or cub:PATH"),
  classes: count(40, "classes of the emoji set"),
  size: count(64, "side of an image in pixels"),
  views: count(3, "the most views of a collection; each batch draws its own number from 1 up to this"),
  epochs: count(4, "passes over the training images"),
  batch: count(32, "collections in a batch"),
  learningRate: rate(1.5e-3, "highest learning rate"),
  weightDecay: weight(0.05, "of all weights but vectors"),
  dim: count(64, "length of a token"),
  depth: count(2, "transformer blocks"),
  heads: count(4, "attention heads"),
  stage: fixed("block_13_expand_relu", "the trunk's map that becomes tokens"),
  collections: count(12, "test collections a class, for each number of views"),
  thinClasses: choice("refuse", ["refuse", "leave-out"], "classes of your own with fewer images than views"),
};

export type Settings = SettingsOf<typeof settings>;
