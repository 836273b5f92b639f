import { convNet } from "@fovea/backbones";
import { rng, trainingContext, type Module } from "@fovea/nn";
import { perturbParams, randomTensor } from "@fovea/nn/testing";
import { fcnDecoder, pspDecoder, segmenter, type Segmenter, type SegmenterConfig } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";

export const CLASSES = 3;
export const SIDE = 17;
/** Rows and columns of the maps: stride 4, corners on corners. */
export const CELLS = 5;

export const makeStudent = (config: Partial<SegmenterConfig> = {}, seed = 1): Segmenter => {
  const decoder = fcnDecoder({ in: 6, dim: 5, seed });
  return woken(segmenter(convNet({ channels: [4, 6], seed }), decoder, { classes: CLASSES, seed, ...config }));
};

/** Another decoder, and more channels. */
export const makeTeacher = (config: Partial<SegmenterConfig> = {}, channels = [5, 8]): Segmenter => {
  const decoder = pspDecoder({ in: channels.at(-1)!, dim: 7, bins: [1, 2], seed: 9 });
  return woken(segmenter(convNet({ channels, seed: 9 }), decoder, { classes: CLASSES, seed: 9, ...config }));
};

/** Params that say something: biases are not 0. */
function woken<M extends Module>(module: M): M {
  perturbParams(module);
  return module;
}

export const images = (seed = 0, batch = 2): tf.Tensor4D => randomTensor<tf.Tensor4D>([batch, SIDE, SIDE, 3], seed);

/** Blocks of classes and of pixels that nobody labelled; class 2 is in every second image only. */
export const labelMaps = (batch = 2, ignore = 255): tf.Tensor3D =>
  tf.tidy(() => {
    const label = (b: number, row: number, column: number) =>
      row < 4 && column < 6 ? ignore : column > 9 ? (row > 8 && b % 2 === 1 ? 2 : 1) : 0;
    const at = (i: number) => label(Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE);
    return tf.tensor3d(Int32Array.from({ length: batch * SIDE ** 2 }, (_, i) => at(i)), [batch, SIDE, SIDE], "int32"); // prettier-ignore
  });

export const step = (number = 0) => trainingContext(rng(5).split("step", number));

export const largest = (x: tf.Tensor | undefined): number =>
  x ? x.dataSync<"float32">().reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 0;
