import * as tf from "@tensorflow/tfjs-core";
import { convNet } from "@fovea/backbones";
import type { ImageEncoder } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import { mvHfmd, type MvHfmd, type MvHfmdConfig } from "../src/index.js";

export const BATCH = 2;
export const VIEWS = 3;
export const CLASSES = 5;
export const SIDE = 16;
/** Cells of the tiny stem's map, S. */
export const CELLS = 16;

/** Stride 4, 7 channels: a 4 × 4 map of a 16 × 16 image. */
export const tinyStem = (seed = 1): ImageEncoder => convNet({ channels: [3, 7], seed });

/** Small enough for `cpu`; the head is not zero, so that outputs say something. */
export function tinyModel(config: Partial<MvHfmdConfig> = {}, stem = tinyStem()): MvHfmd {
  const size = { dim: 8, depth: 2, heads: 2, headDropout: 0, ...config };
  const model = mvHfmd(stem, { classes: CLASSES, imageSize: [SIDE, SIDE], slots: VIEWS, ...size });
  wakeHead(model);
  return model;
}

/** Gives every zero-initialized classifier random weights. */
export function wakeHead(model: Pick<MvHfmd, "params">): void {
  for (const [name, variable] of Object.entries(model.params))
    if (name.includes("head.")) tf.tidy(() => variable.assign(randomTensor(variable.shape, name.length)));
}

export const images = (seed = 0, batch = BATCH, views = VIEWS): tf.Tensor5D =>
  randomTensor<tf.Tensor5D>([batch, views, SIDE, SIDE, 3], seed);
