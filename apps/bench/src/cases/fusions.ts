import * as tf from "@tensorflow/tfjs-core";
import {
  attentionFusion,
  concatFusion,
  maxFusion,
  meanFusion,
  meanProbabilities,
  tokenFusion,
  type Fusion,
  type MergePoint,
} from "@fovea/fusion";
import type { Case } from "./case.js";
import { features } from "./inputs.js";

/** Every fusion, at the point where it is used: views to one thing. Gradients reach the views. */
export const fusions: readonly Case[] = [
  fusion("image", "mean", () => meanFusion("image")),
  fusion("map", "max", () => maxFusion("map")),
  fusion("map", "concat", ({ slots, channels, seed }) => concatFusion({ at: "map", slots, channels, seed })),
  fusion("tokens", "set", ({ channels: dim, seed }) => tokenFusion({ dim, slots: null, seed })),
  fusion("tokens", "slots", ({ channels: dim, slots, seed }) => tokenFusion({ dim, slots, seed })),
  fusion("vector", "mean", () => meanFusion("vector")),
  fusion("vector", "max", () => maxFusion("vector")),
  fusion("vector", "concat", ({ slots, channels, seed }) => concatFusion({ at: "vector", slots, channels, seed })),
  fusion("vector", "attention", ({ channels: dim, seed }) => attentionFusion({ dim, seed })),
  fusion("logits", "mean", () => meanFusion("logits")),
  fusion("logits", "probs", () => meanProbabilities()),
];

/** The shape of one view at each merge point, channels last, at full size and at the tiny size of the check. */
const viewShape: Readonly<Record<MergePoint, { full: number[]; tiny: number[] }>> = {
  image: { full: [64, 64, 3], tiny: [5, 5, 3] },
  map: { full: [8, 8, 256], tiny: [3, 3, 7] },
  tokens: { full: [50, 384], tiny: [5, 7] },
  vector: { full: [512], tiny: [7] },
  logits: { full: [200], tiny: [7] },
};

interface FusionSize {
  readonly slots: number;
  readonly channels: number;
  readonly seed: number;
}

function fusion(at: MergePoint, name: string, make: (size: FusionSize) => Fusion): Case {
  return {
    name: `fusion/${at}-${name}`,
    batch: 16,
    image: null,
    multiView: true,
    make({ batch, views: slots, seed, tiny }) {
      const rest = viewShape[at][tiny ? "tiny" : "full"];
      const merge = make({ slots, channels: rest.at(-1)!, seed });
      const views = features([batch, slots, ...rest], seed);
      return {
        params: merge.params,
        inputs: { views },
        forward: (ctx) => merge.merge(views, null, ctx),
        loss: (ctx) => tf.tidy(() => tf.mean(tf.square(merge.merge(views, null, ctx)))),
        dispose: () => [merge, views].forEach((part) => part.dispose()),
      };
    },
  };
}
