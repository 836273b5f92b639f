import { count, fixed, list, rate, text, weight, weights, type SettingsOf } from "@fovea/experiment";

/** What `run` takes: a few minutes on two cores. */
export const settings = {
  data: text("emoji", "emoji, land-and-sea, or folder:PATH with images/, labels/ and classes.txt"),
  groups: list(["smileys-emotion", "travel-places", "animals-nature"], "emoji: the groups that are classes"),
  images: count(384, "training images of emoji or land-and-sea"),
  heldOut: count(64, "test images of emoji or land-and-sea; half as many are for validation"),
  size: count(97, "8 n + 1: side of training crops and test windows, and of images of emoji and land-and-sea"),
  teacher: text("imagenet", "imagenet (its encoder is a tuned MobileNetV2), resnet (a ResNet-18), or a checkpoint"),
  teacherWidth: count(24, "channels of the first layer of a teacher that is a ResNet; other layers scale with it"),
  width: count(8, "channels of the first layer of the student"),
  dim: count(64, "channels of the features before the classifier, of both"),
  batch: count(8, "images in a batch"),
  scale: fixed([0.7, 1.4] as readonly [number, number], "range by which training images are scaled"),
  teacherEpochs: count(10, "passes of the teacher over the training images"),
  teacherLearningRate: rate(3e-3, "highest learning rate of the teacher"),
  epochs: count(10, "passes of a student over the training images"),
  learningRate: rate(1e-2, "highest learning rate of a student"),
  pixel: weight(2, "KD and APD: weight of the teacher's prediction of each pixel, a mean over the classes"),
  adaptive: weight(2, "APD: weight of the same seen from the classes of the image"),
  alignment: weight(2, "APD: weight of the alignment of prototypes"),
  channel: weight(3, "CWD: weight of channel-wise distillation"),
  projectionRate: rate(1e-3, "APD: learning rate of the projection of the teacher's features, by Adam"),
  weightDecay: fixed(0.05, "of all weights but vectors"),
  tuneRates: { ...weights([3e-3, 1e-2, 3e-2, 1e-1], "results: learning rates of the tuned student"), decisive: false },
};

export type Settings = SettingsOf<typeof settings>;

/** The settings of the teacher, by the names that a student has for its own. */
export const ofTeacher = (settings: Settings): Settings => ({
  ...settings,
  ...{ width: settings.teacherWidth, epochs: settings.teacherEpochs, learningRate: settings.teacherLearningRate },
});
