import * as fusion from "@fovea/fusion";
import type { MergePoint } from "@fovea/fusion";
import * as tf from "@tensorflow/tfjs-core";
import { ofModule, type Makers } from "./subjects.js";

const shapes: Readonly<Record<MergePoint, number[]>> = {
  image: [3, 3, 4, 4, 2],
  map: [3, 3, 2, 2, 4],
  tokens: [3, 3, 5, 4],
  vector: [3, 3, 4],
  logits: [3, 3, 4],
};
const points = Object.keys(shapes) as MergePoint[];
const padded = () => tf.tensor2d([[1, 1, 1], [1, 0, 1], [0, 0, 0]], [3, 3], "int32"); // prettier-ignore

/** With all views, and with some of them. */
const both = (name: string, at: MergePoint, make: () => fusion.Fusion): Makers =>
  Object.fromEntries(
    [false, true].map((isPadded) => [
      `${name}${isPadded ? " of padded views" : ""}`,
      () =>
        ofModule(make(), { views: shapes[at] }, (module, { views }, ctx) =>
          module.merge(views, isPadded ? padded() : null, ctx),
        ),
    ]),
  );

export const fusionMakers: Makers = {
  ...both("attentionFusion", "vector", () => fusion.attentionFusion({ dim: 4 })),
  ...Object.assign({}, ...points.filter((at) => at !== "tokens").map((at) => both(`concatFusion ${at}`, at, () => fusion.concatFusion({ at: at as "map", slots: 3, channels: shapes[at].at(-1)!, init: "xavierUniform" })))), // prettier-ignore
  ...Object.assign({}, ...points.map((at) => both(`maxFusion ${at}`, at, () => fusion.maxFusion(at)))),
  ...Object.assign({}, ...points.map((at) => both(`meanFusion ${at}`, at, () => fusion.meanFusion(at)))),
  ...both("meanProbabilities", "logits", () => fusion.meanProbabilities()),
  ...both("tokenFusion set", "tokens", () => fusion.tokenFusion({ dim: 4, slots: null })),
  ...both("tokenFusion slots", "tokens", () => fusion.tokenFusion({ dim: 4, slots: 3 })),
  hybridFusion: () =>
    ofModule(
      fusion.hybridFusion({ mean: fusion.meanFusion("vector"), attention: fusion.attentionFusion({ dim: 4 }) }),
      { views: shapes.vector },
      ({ branches }, { views }, ctx) =>
        tf.add(branches.mean.merge(views, null, ctx), branches.attention.merge(views, null, ctx)),
    ),
};

export const fusionAside = ["requireViews"];
