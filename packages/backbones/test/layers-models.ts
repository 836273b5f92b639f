import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

/** Convolution `conv` and batch norm `norm`, of stride 2, with a bias in either: four params, two statistics. */
export function block(name: string, inChannels: number, filters: number, side: number | null = null): tfl.Sequential {
  const shape: [number | null, number | null, number] = [side, side, inChannels];
  return tfl.sequential({
    name,
    layers: [
      tfl.layers.conv2d({ ...same, name: "conv", inputShape: shape as number[], filters }),
      tfl.layers.batchNormalization({ name: "norm" }),
    ],
  });
}

export const same = { kernelSize: 3, strides: 2, padding: "same" } as const;
export const chain = (input: tfl.SymbolicTensor, ...layers: tfl.layers.Layer[]) =>
  layers.reduce((x, layer) => layer.apply(x) as tfl.SymbolicTensor, input);

/** Gives every weight random values, so that equal outputs mean equal networks. */
export const randomizeWeights = (model: tfl.LayersModel) =>
  model.setWeights(model.getWeights().map((weight, i) => tf.abs(randomTensor(weight.shape, i + 1))));
