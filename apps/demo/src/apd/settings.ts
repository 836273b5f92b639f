import { count, fixed, rate, text, weight, weights, type SettingsOf } from "@fovea/experiment";

/** What `run` takes: a few minutes on two cores. */
export const settings = {
  data: text("emoji", "emoji, land-and-sea, or folder:PATH with images/, labels/ and classes.txt"),
  images: count(256, "training images of emoji or land-and-sea"),
  heldOut: count(64, "test images of emoji or land-and-sea; half as many are for validation"),
  size: count(97, "8 n + 1: side of training crops and test windows, and of images of emoji and land-and-sea"),
  teacherWidth: count(24, "channels of the first layer of the teacher, a ResNet-18; other layers scale with it"),
  width: count(8, "channels of the first layer of the student"),
  dim: count(64, "channels of the features before the classifier, of both"),
  batch: count(8, "images in a batch"),
  teacherEpochs: count(12, "passes of the teacher over the training images"),
  teacherLearningRate: rate(3e-3, "highest learning rate of the teacher"),
  epochs: count(8, "passes of a student over the training images"),
  learningRate: rate(3e-3, "highest learning rate of a student"),
  auxWeight: fixed(0.4, "of the auxiliary head's loss"),
  kd: weight(10, "weight of distillation of pixels, divided by the classes"),
  cwd: weight(3, "weight of channel-wise distillation"),
  adaptive: weight(10, "APD: weight of the adaptive perspective"),
  align: weight(10, "APD: weight of the alignment of perspectives"),
  weightDecay: fixed(0.05, "of all weights but vectors"),
  tuneRates: { ...weights([1e-3, 3e-3, 1e-2, 3e-2], "results: learning rates of the tuned student"), decisive: false },
};

export type Settings = SettingsOf<typeof settings>;

/** The teacher is a network as the student is, of another width and with a training of its own. */
export const ofTeacher = (settings: Settings): Settings => ({
  ...settings,
  ...{ width: settings.teacherWidth, epochs: settings.teacherEpochs, learningRate: settings.teacherLearningRate },
});
