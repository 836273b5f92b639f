import * as tf from "@tensorflow/tfjs-core";
import { mcHead, mcResNet18 } from "@fovea/backbones";
import { channelGroups, channelMask, crossEntropy, mcLoss } from "@fovea/losses";
import { fineGrainedClassifier } from "@fovea/models";
import { rng, trainingContext, type Context } from "@fovea/nn";
import type { Case } from "./case.js";
import { features, labels, randomImages } from "./inputs.js";

const CLASSES = { full: 200, tiny: 7 };

/**
 * MC-Loss on the last maps of the paper, of 14² cells: three channels for each of 200 classes, and a ResNet-50's 2048.
 */
export const mcLosses: readonly Case[] = [
  loss("mc", { full: 600, tiny: 21 }),
  loss("mc-2048", { full: 2048, tiny: 25 }),
];

/** The ResNet-18 that the paper trains with it, under cross-entropy alone: what the loss's cost is measured against. */
export const mcModel: Case = {
  name: "model/mc-resnet-18",
  batch: 32,
  image: { full: 224, tiny: 64 },
  multiView: false,
  peer: true,
  make({ batch, image, seed, tiny }) {
    const classes = tiny ? CLASSES.tiny : CLASSES.full;
    const encoder = mcResNet18({ classes, width: tiny ? 4 : 64, seed });
    const cells = Math.ceil(image / 16);
    const map = { channels: encoder.dim, height: cells, width: cells };
    const model = fineGrainedClassifier(encoder, { classes }, mcHead({ ...map, classes, pool: cells, seed }));
    const images = randomImages([batch, image, image, 3], seed) as tf.Tensor4D;
    const targets = labels(batch, classes, seed);
    return {
      params: model.params,
      inputs: {},
      data: { images, labels: targets },
      forward: (ctx) => model.forward(images, ctx),
      loss: (ctx) => tf.tidy(() => crossEntropy(model.forward(images, ctx), targets)),
      dispose: () => [model, images, targets].forEach((part) => part.dispose()),
    };
  },
};

function loss(name: string, channels: Record<"full" | "tiny", number>): Case {
  return {
    name: `loss/${name}`,
    batch: 32,
    image: null,
    multiView: false,
    peer: true,
    make({ batch, seed, tiny }) {
      const size = tiny ? "tiny" : "full";
      const [classes, side] = [CLASSES[size], tiny ? 3 : 14];
      const maps = features([batch, side, side, channels[size]], seed, "maps") as tf.Variable<tf.Rank.R4>;
      const targets = labels(batch, classes, seed);
      const ctx = trainingContext(rng(seed)); // one mask for all steps: PyTorch is given the same
      const groups = channelGroups(channels[size], classes);
      const mask = tf.tensor1d(channelMask(groups, ctx.rng));
      const compute = (ctx: Context) => tf.tidy(() => mcLoss(maps, targets, ctx, { classes }).total);
      return {
        params: {},
        inputs: { maps },
        data: { labels: targets, groups: tf.tensor1d(groups, "int32"), mask },
        forward: compute,
        loss: () => compute(ctx),
        dispose: () => tf.dispose([maps, targets, mask]),
      };
    },
  };
}
