import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { batchNorm, dropout, scope } from "@fovea/nn";
import { fusionContract, type FusionContractOptions, type FusionLawName } from "../src/contract/index.js";
import { meanFusion } from "../src/mean-fusion.js";
import { tokenFusion } from "../src/token-fusion.js";
import { after, fresh, merge, scaling, sequences, vectors, views, type Broken } from "./broken/broken.js";
import { brokenConfigs } from "./broken/configs.js";
import { brokenGradients } from "./broken/gradients.js";
import { brokenInstances } from "./broken/instances.js";
import { brokenMasks } from "./broken/masks.js";
import { brokenViews } from "./broken/views.js";

const broken: readonly Broken[] = [
  ...brokenViews,
  ...brokenMasks,
  ...brokenGradients,
  ...brokenInstances,
  ...brokenConfigs,
];

const laws = fusionContract({ make: () => meanFusion("vector"), views }).map(({ name }) => name);

const check = (name: FusionLawName, options: FusionContractOptions) =>
  fusionContract(options).find((one) => one.name === name)!;

/** Random in training. */
function withDropout() {
  const drop = dropout({ rate: 0.4 });
  return vectors({
    merge: (x, mask, ctx) => tf.tidy(() => drop.forward(merge(x, mask, ctx), scope(ctx, "drop"))),
  });
}

/** With rows that meet in training. */
function withRunningStatistics() {
  const norm = batchNorm({ channels: 5 });
  return { ...vectors({ merge: (x, mask, ctx) => tf.tidy(() => norm.forward(merge(x, mask, ctx), ctx)) }), ...norm };
}

describe("fusionContract", () => {
  for (const [what, make] of [
    ["without params", () => meanFusion("vector")],
    ["with params", () => scaling(fresh())],
    ["with dropout", withDropout],
    ["with running statistics", withRunningStatistics],
  ] as const)
    for (const { name, run } of fusionContract({ make, views })) it(`agrees that a good fusion ${what} ${name}`, run);

  for (const { what, breaks, says, ...options } of broken)
    it(`catches a fusion that ${what}`, () => {
      const { run } = check(breaks, { views, ...options });
      expect(run).toThrow(`breaks the law "${breaks}": `);
      expect(run).toThrow(says);
    });

  it("catches a fusion that writes into the numbers of its views", async () => {
    const engine = tf.getBackend();
    await tf.setBackend("cpu"); // where `dataSync` gives the numbers themselves, not a copy
    const make = () => after((y, { x }) => ((x.dataSync()[0] = 9), y));
    const { run } = check("disposes and changes nothing it was given", { views, make });
    try {
      expect(run).toThrow("changed the numbers of the views or the mask it was given (last merge: 1 views");
    } finally {
      await tf.setBackend(engine);
    }
  });

  it("has a broken fusion here for each of its laws", () => {
    expect([...new Set(broken.map(({ breaks }) => breaks))].sort()).toEqual([...laws].sort());
  });

  it("has a sentence in the README for each of its laws", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    expect(laws.filter((name) => !readme.includes(`**${name}**`))).toEqual([]);
  });

  it("checks views and slots permuted together where it is told how slots permute", () => {
    const options = { make: () => tokenFusion({ dim: 5, slots: 3 }), views: sequences };
    const order = check("depends on the order of views only with `slots`", { ...options, permuteSlots: () => {} });
    expect(order.run).toThrow("views and slots permuted together merge to something else");
  });
});
