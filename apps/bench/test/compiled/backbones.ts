import * as backbones from "@fovea/backbones";
import type { ImageEncoder } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { ofModule, type Makers } from "./subjects.js";
import type { Subject } from "./equal.js";

/** In training, batch norms of few rows enlarge rounding: each divides by a small σ. */
const ofEncoder = (encoder: ImageEncoder, side: number): Subject => ({
  ...ofModule(encoder, { x: [2, side, side, encoder.inChannels] }, (m, { x }, ctx) => m.vector(x, ctx)),
  tolerance: 1e-3,
});

/** Convolution, batch norm, ReLU, a depthwise convolution, and two branches that are added, as layers of tfjs. */
function layersModel(): tfl.LayersModel {
  const init = (seed: number) => tfl.initializers.heNormal({ seed });
  const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const conv = (seed: number, x: tfl.SymbolicTensor) =>
    apply(tfl.layers.conv2d({ filters: 5, kernelSize: 3, padding: "same", kernelInitializer: init(seed) }), x);
  const images = tfl.input({ shape: [16, 16, 3] });
  const normal = apply(tfl.layers.batchNormalization({ momentum: 0.9 }), conv(1, images));
  const depthwise = tfl.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "same", depthwiseInitializer: init(2) }); // prettier-ignore
  const map = apply(depthwise, apply(tfl.layers.activation({ activation: "elu" }), normal));
  const sum = apply(tfl.layers.add({ name: "sum" }), [conv(3, map), conv(4, map)]);
  return tfl.model({ inputs: images, outputs: sum });
}

const trunk = () => backbones.convNet({ channels: [4, 6] });

/** Every encoder and head, narrow, at images with a map of a few cells. */
export const backboneMakers: Makers = {
  classifier: () =>
    ofModule(backbones.classifier(trunk(), { classes: 5 }), { x: [4, 16, 16, 3] }, (m, { x }, ctx) => m.forward(x, ctx)), // prettier-ignore
  convNet: () => ofEncoder(trunk(), 16),
  layersModelEncoder: () => ofEncoder(backbones.layersModelEncoder(layersModel(), { stages: [{ name: "sum" }] }), 16),
  mcHead: () =>
    ofModule(
      backbones.mcHead({ channels: 4, height: 4, width: 4, classes: 5, hidden: 6 }),
      { map: [6, 4, 4, 4] },
      (m, { map }, ctx) => m.forward(map, ctx),
    ),
  mcResNet18: () => ofEncoder(backbones.mcResNet18({ classes: 5, width: 2 }), 33),
  mcVgg16: () => ofEncoder(backbones.mcVgg16({ classes: 5, width: 2 }), 37),
  mobileNetV2: () => ofEncoder(backbones.mobileNetV2({ alpha: 0.1, until: "block_6_expand_relu" }), 33),
  "mobileNetV2 of torchvision": () =>
    ofEncoder(backbones.mobileNetV2({ variant: "torchvision", alpha: 0.1, until: "block_3_project_BN" }), 33),
  "mobileNetV2 at stride 8": () =>
    ofEncoder(backbones.mobileNetV2({ alpha: 0.1, outputStride: 8, until: "block_7_add" }), 25),
  projectedEncoder: () => ofEncoder(backbones.projectedEncoder(trunk(), { channels: 5 }), 16),
  resNet: () => ofEncoder(backbones.resNet({ depth: 18, width: 2 }), 49),
  "resNet at stride 8": () => ofEncoder(backbones.resNet({ depth: 18, width: 2, outputStride: 8 }), 25),
  vgg16Bn: () => ofEncoder(backbones.vgg16Bn({ width: 2 }), 37),
  vggClassifier: () => ({
    ...ofModule(
      backbones.vggClassifier(trunk(), { classes: 5, hidden: 7, cells: 2, dropout: 0.3 }),
      { x: [4, 16, 16, 3] },
      (m, { x }, ctx) => m.forward(x, ctx),
    ),
    tolerance: 1e-4,
  }),
  "encoderOf maps": () => {
    const encoder = trunk();
    const [first, last] = [encoder.stages[0].name, encoder.stages.at(-1)!.name];
    return ofModule(encoder, { x: [3, 8, 8, 4] }, (m, { x }, ctx) =>
      tf.concat(m.maps(x, ctx, { from: first, take: [last] }), 3),
    );
  },
};

export const backbonesAside: readonly string[] = [];
