import {
  convNet,
  layersModelEncoder,
  mcResNet18,
  mcVgg16,
  mobileNetV2,
  projectedEncoder,
  resNet,
  vgg16Bn,
} from "@fovea/backbones";
import type { ImageEncoder } from "@fovea/nn";
import * as tfl from "@tensorflow/tfjs-layers";

/** One of every kind, narrow enough for tests. `side` is large enough that no map vanishes. */
export interface Case {
  readonly name: string;
  readonly make: (seed?: number) => ImageEncoder;
  readonly side: number;
  /** How many cells a side of the map has. */
  readonly cells: (side: number, stride: number) => number;
}

const ceil = (side: number, stride: number) => Math.ceil(side / stride);
const floor = (side: number, stride: number) => Math.floor(side / stride);

export const CASES: readonly Case[] = [
  { name: "resNet 18", make: (seed) => resNet({ depth: 18, width: 4, seed }), side: 33, cells: ceil },
  { name: "resNet 50", make: (seed) => resNet({ depth: 50, width: 2, seed }), side: 33, cells: ceil },
  {
    name: "resNet 18 at stride 8",
    make: (seed) => resNet({ depth: 18, width: 2, outputStride: 8, seed }),
    side: 17,
    cells: ceil,
  },
  {
    name: "resNet 50 at stride 16",
    make: (seed) => resNet({ depth: 50, width: 2, outputStride: 16, seed }),
    side: 17,
    cells: ceil,
  },
  {
    name: "mobileNetV2",
    make: (seed) => mobileNetV2({ alpha: 0.1, until: "block_16_project_BN", seed }),
    side: 33,
    cells: ceil,
  },
  {
    name: "mobileNetV2 as torchvision's",
    make: (seed) => mobileNetV2({ variant: "torchvision", alpha: 0.1, until: "block_3_project_BN", seed }),
    side: 33,
    cells: ceil,
  },
  {
    name: "mobileNetV2 at stride 8",
    make: (seed) => mobileNetV2({ alpha: 0.1, outputStride: 8, until: "block_14_add", seed }),
    side: 17,
    cells: ceil,
  },
  { name: "vgg16Bn", make: (seed) => vgg16Bn({ width: 2, seed }), side: 37, cells: floor },
  { name: "mcVgg16", make: (seed) => mcVgg16({ classes: 5, width: 2, seed }), side: 37, cells: floor },
  { name: "mcResNet18", make: (seed) => mcResNet18({ classes: 5, width: 4, seed }), side: 33, cells: ceil },
  { name: "convNet", make: (seed) => convNet({ channels: [5, 7], seed }), side: 13, cells: ceil },
  {
    name: "projectedEncoder",
    make: (seed) => projectedEncoder(convNet({ channels: [5, 7], seed }), { channels: 11, seed }),
    side: 13,
    cells: ceil,
  },
  {
    name: "projectedEncoder of one stage",
    make: (seed) => projectedEncoder(convNet({ channels: [5], seed }), { channels: 11, seed }),
    side: 13,
    cells: ceil,
  },
  {
    name: "layersModelEncoder",
    make: (seed = 0) =>
      layersModelEncoder(smallModel(seed), { stages: [{ name: "low", layer: "relu" }, { name: "sum" }] }),
    side: 16,
    cells: ceil,
  },
];

/** Convolution, batch norm and ReLU, then two branches that are added. Every weight is seeded. */
export function smallModel(seed = 0): tfl.LayersModel {
  const init = (i: number) => tfl.initializers.heNormal({ seed: 10 * seed + i + 1 });
  const conv = (name: string, filters: number, strides: number, i: number) =>
    tfl.layers.conv2d({ name, filters, kernelSize: 3, strides, padding: "same", kernelInitializer: init(i) });
  const images = tfl.input({ shape: [16, 16, 3] });
  let x = conv("first", 5, 2, 0).apply(images) as tfl.SymbolicTensor;
  x = tfl.layers.batchNormalization({ name: "norm" }).apply(x) as tfl.SymbolicTensor;
  x = tfl.layers.reLU({ name: "relu" }).apply(x) as tfl.SymbolicTensor;
  const branches = ["left", "right"].map((name, i) => conv(name, 7, 2, i + 1).apply(x) as tfl.SymbolicTensor);
  x = tfl.layers.add({ name: "sum" }).apply(branches) as tfl.SymbolicTensor;
  const pooled = tfl.layers
    .globalAveragePooling2d({ name: "pool", dataFormat: "channelsLast" })
    .apply(x) as tfl.SymbolicTensor;
  const head = tfl.layers.dense({ name: "head", units: 2, kernelInitializer: init(3) });
  return tfl.model({ inputs: images, outputs: head.apply(pooled) as tfl.SymbolicTensor });
}
