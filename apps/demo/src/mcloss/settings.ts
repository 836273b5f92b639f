import { choice, count, fixed, rate, text, weight, weights, type SettingsOf } from "@fovea/experiment";

/** What `run` takes: a few minutes on two cores. */
export const settings = {
  data: text("emoji", "emoji, signs, folder:PATH or cub:PATH"),
  thinClasses: choice("refuse", ["refuse", "leave-out"], "classes of your own with too few images"),
  classes: count(20, "classes of emoji or signs"),
  size: count(96, "side of an image in pixels; maps have a sixteenth of it"),
  width: count(16, "channels of the first layer of networks from scratch"),
  xi: count(3, "channels for each class in the last map"),
  alpha: weight(1.5, "weight of discriminality, from scratch"),
  beta: weight(20, "weight of diversity, from scratch"),
  batch: count(32, "images in a batch"),
  epochs: count(10, "passes over the training images, from scratch"),
  learningRate: rate(3e-3, "highest learning rate, from scratch"),
  tuneEpochs: count(6, "passes over the training images, pretrained"),
  tuneLearningRate: rate(1e-3, "highest learning rate, pretrained"),
  weightDecay: fixed(0.05, "of all weights but vectors"),
  grid: { ...choice("on", ["on", "off"], "results: whether weights of the loss are compared"), decisive: false },
  gridEpochs: { ...count(5, "results: passes over the training images in a cell of the grid"), decisive: false },
  gridAlphas: { ...weights([0.1, 1, 1.5, 2, 10], "results: values of alpha in the grid"), decisive: false },
  gridBetas: { ...weights([0.1, 1, 5, 10, 15, 20], "results: values of beta in the grid"), decisive: false },
};

export type Settings = SettingsOf<typeof settings>;
