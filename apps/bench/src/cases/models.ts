import * as tf from "@tensorflow/tfjs-core";
import { classifier, convNet, mobileNetV2, resNet } from "@fovea/backbones";
import { attentionFusion, concatFusion } from "@fovea/fusion";
import { crossEntropy, mvHfmdLoss } from "@fovea/losses";
import { multiViewClassifier, mvHfmd, type MultiViewClassifier } from "@fovea/models";
import type { Context, ImageEncoder, Module } from "@fovea/nn";
import type { Case, Size } from "./case.js";
import { labels, randomImages } from "./inputs.js";

const CLASSES = 50;
const single = { batch: 16, image: { full: 32, tiny: 32 }, multiView: false };
const multi = { batch: 8, image: { full: 64, tiny: 32 }, multiView: true };

/** Whole systems: images to scores, under the loss that trains them. Nothing is frozen. */
export const models: readonly Case[] = [
  model("conv-net", single, ({ tiny, seed }) =>
    classifying(convNet({ channels: tiny ? [4, 8] : [32, 64, 128], seed }), seed),
  ),
  model("resnet-18", { ...single, image: { full: 32, tiny: 64 }, peer: true }, ({ tiny, seed }) =>
    classifying(resNet({ depth: 18, width: tiny ? 4 : 64, seed }), seed),
  ),
  model("early", multi, (size) => {
    const fused = concatFusion({ at: "image", slots: size.views, channels: 3 });
    return merging(multiViewClassifier(trunk(size), transformer(size), { fused }));
  }),
  model("late", multi, (size) => {
    const fused = attentionFusion({ dim: transformer(size).dim, seed: size.seed });
    return merging(multiViewClassifier(trunk(size), transformer(size), { fused }));
  }),
  model("mv-hfmd", { ...multi, peer: true }, (size) =>
    distilling(mvHfmd(trunk(size), { ...transformer(size), slots: size.views })),
  ),
  model("mv-hfmd-apart", multi, (size) =>
    distilling(mvHfmd(trunk(size), { ...transformer(size), slots: size.views, shareEncoder: false })),
  ),
];

interface Model {
  readonly module: Module;
  forward(images: tf.Tensor, ctx: Context): tf.Tensor;
  loss(images: tf.Tensor, labels: tf.Tensor1D, ctx: Context): tf.Scalar;
}

const trunk = ({ tiny, seed }: Size) => mobileNetV2({ until: "block_13_expand_relu", alpha: tiny ? 0.1 : 1, seed });

const transformer = ({ image, tiny, seed }: Size) => ({
  classes: CLASSES,
  imageSize: [image, image] as const,
  headDropout: 0, // PyTorch would drop other units, and must compute the same
  ...(tiny ? { dim: 8, depth: 1, heads: 2 } : { dim: 192, depth: 4, heads: 3 }),
  seed,
});

/** A model with one prediction an image. */
function classifying(encoder: ImageEncoder, seed: number): Model {
  const module = classifier(encoder, { classes: CLASSES, seed });
  const forward: Model["forward"] = (images, ctx) => module.forward(images as tf.Tensor4D, ctx);
  return {
    module,
    forward,
    loss: (images, labels, ctx) => crossEntropy(forward(images, ctx) as tf.Tensor2D, labels),
  };
}

/** A model with one prediction a collection of views. */
function merging(module: MultiViewClassifier<"fused">): Model {
  const forward = (views: tf.Tensor, ctx: Context) => module.forward({ views }, ctx, ["fused"]).fused;
  return { module, forward, loss: (views, labels, ctx) => crossEntropy(forward(views, ctx) as tf.Tensor2D, labels) };
}

/** A model with one prediction a collection, whose loss teaches the predictions of single views, too. */
const distilling = (module: MultiViewClassifier<"fused">): Model => ({
  ...merging(module),
  loss(views, labels, ctx) {
    const { single, fused } = module.forward({ views }, ctx, ["single", "fused"]);
    return mvHfmdLoss({ single: single as tf.Tensor3D, fused: fused as tf.Tensor2D }, labels).total;
  },
});

type Shape = Pick<Case, "batch" | "image" | "multiView" | "peer">;

function model(name: string, shape: Shape, make: (size: Size) => Model): Case {
  return {
    name: `model/${name}`,
    ...shape,
    make(size) {
      const { batch, views, image, seed } = size;
      const { module, forward, loss } = make(size);
      const images = randomImages([batch, ...(shape.multiView ? [views] : []), image, image, 3], seed);
      const targets = labels(batch, CLASSES, seed);
      return {
        params: module.params,
        inputs: {},
        data: { images, labels: targets },
        forward: (ctx) => forward(images, ctx),
        loss: (ctx) => tf.tidy(() => loss(images, targets, ctx)),
        dispose: () => [module, images, targets].forEach((part) => part.dispose()),
      };
    },
  };
}
