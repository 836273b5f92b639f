import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { randomTensor } from "@fovea/nn/testing";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { fusionContract, type FusionContractOptions } from "../src/contract/index.js";
import * as fusions from "../src/index.js";
import {
  attentionFusion,
  concatFusion,
  maxFusion,
  meanFusion,
  meanProbabilities,
  tokenFusion,
  type Fusion,
  type MergePoint,
} from "../src/index.js";

const rest: Readonly<Record<MergePoint, readonly number[]>> = {
  image: [2, 3, 3],
  map: [3, 2, 5],
  tokens: [1 + 3, 5],
  vector: [7],
  logits: [5],
};

/** `batch` and `view` make the seed: no two views are alike. */
const viewsAt = (at: MergePoint) => (batch: number, view: number) =>
  randomTensor([batch, view, ...rest[at]], 10 * batch + view);

/** Moves the blocks of rows that belong to slots. */
const permuteRows = (key: string) => (fusion: Fusion, order: readonly number[]) =>
  tf.tidy(() => {
    const rows = tf.split(fusion.params[key]!, order.length, 0);
    fusion.params[key]!.assign(tf.concat(order.map((slot) => rows[slot]!)));
  });

const points = Object.keys(rest) as MergePoint[];
const concatPoints = ["image", "map", "vector", "logits"] as const;

/** One line for each variant. */
const variants: Readonly<Record<string, FusionContractOptions>> = {
  ...Object.fromEntries(
    points.map((at) => [`meanFusion("${at}")`, { make: meanFusion, config: at, views: viewsAt(at) }]),
  ),
  ...Object.fromEntries(
    points.map((at) => [`maxFusion("${at}")`, { make: maxFusion, config: at, views: viewsAt(at) }]),
  ),
  ...Object.fromEntries(
    concatPoints.map((at) => [
      `concatFusion at ${at}`,
      {
        make: concatFusion,
        config: { at, slots: 3, channels: rest[at].at(-1)! },
        wrongConfigs: [
          { at, slots: 0, channels: 5 },
          { at, slots: 3, channels: 0.5 },
        ],
        views: viewsAt(at),
        permuteSlots: permuteRows("proj.weight"),
      },
    ]),
  ),
  "concatFusion from random weights": {
    make: concatFusion,
    config: { at: "vector", slots: 2, channels: 7, init: "xavierUniform", seed: 3 },
    views: viewsAt("vector"),
  },
  "concatFusion of one slot": {
    make: concatFusion,
    config: { at: "vector", slots: 1, channels: 7 },
    views: viewsAt("vector"),
  },
  attentionFusion: {
    make: attentionFusion,
    config: { dim: 7, hidden: 3, seed: 5 },
    wrongConfigs: [{ dim: 0 }, { dim: 7, hidden: -1 }, { dim: NaN }],
    views: viewsAt("vector"),
  },
  "tokenFusion of a set": { make: tokenFusion, config: { dim: 5, slots: null }, views: viewsAt("tokens") },
  "tokenFusion of slots": {
    make: tokenFusion,
    config: { dim: 5, slots: 3, seed: 2 },
    wrongConfigs: [
      { dim: 5, slots: 0 },
      { dim: 1.5, slots: null },
    ],
    views: viewsAt("tokens"),
    permuteSlots: permuteRows("slot_embed"),
  },
  meanProbabilities: { make: meanProbabilities, views: viewsAt("logits") },
};

for (const [name, options] of Object.entries(variants))
  describeOnEngines(name, () => {
    for (const check of fusionContract(options)) it(check.name, check.run);
  });

/** What is exported beside the fusions of one point: a hybrid has branches, no merge of its own. */
const others = ["hybridFusion", "requireViews"];

it("covers every exported fusion", () => {
  const covered = Object.keys(variants).map((name) => /^\w+/.exec(name)![0]);
  expect([...new Set([...covered, ...others])].sort()).toEqual(Object.keys(fusions).sort());
});
