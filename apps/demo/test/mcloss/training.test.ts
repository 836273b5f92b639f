import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FineGrainedClassifier } from "@fovea/models";
import { rng, trainableParams, trainingContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batchesInOrder, trainingBatches } from "../../src/mcloss/batches.js";
import { train } from "../../src/mcloss/demo.js";
import { qualityOf } from "../../src/mcloss/evaluate.js";
import { prepareLab, type Lab } from "../../src/mcloss/lab.js";
import { DEFAULTS } from "../../src/mcloss/settings.js";
import { buildModel, FROZEN_STAGE, lossOf, STRATEGIES, strategiesOf } from "../../src/mcloss/strategies.js";
import { trainStrategy } from "../../src/mcloss/train-strategy.js";

const settings = { ...DEFAULTS, classes: 3, size: 32, width: 4, epochs: 2, tuneEpochs: 2 };
let lab: Lab;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fovea-mcloss-"));
  lab = await prepareLab(settings);
}, 60_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

describe.each(STRATEGIES.map((strategy) => [strategy.id, strategy] as const))("%s", (_, strategy) => {
  it("learns: every weight that it may move has a gradient, and no other", async () => {
    const model = await buildModel(strategy, settings);
    const { x, labels } = await trainingBatches((await lab.sides(strategy)).train, {
      batch: 4,
      seed: 0,
      mirror: true,
    }).batch(0);
    const start = strategy.pretrained ? { from: FROZEN_STAGE } : {};
    const ctx = trainingContext(rng(0));
    const { value, grads } = tf.variableGrads(
      () => lossOf(strategy, settings, model.outputs(x, ctx, start), labels, ctx).total,
    );
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    const moved = Object.keys(trainableParams(model)).filter((key) => model.params[key]!.name in grads);
    expect(moved).toEqual(Object.keys(trainableParams(model)));
    if (strategy.pretrained)
      expect(moved.filter((key) => !/^(head|projection)\./.test(key))).toEqual([
        "block_11_expand/kernel",
        "block_11_depthwise/depthwise_kernel",
        "block_11_project/kernel",
        "block_12_expand/kernel",
        "block_12_depthwise/depthwise_kernel",
        "block_12_project/kernel",
        "block_13_expand/kernel",
      ]);
    tf.dispose([x, labels, value, grads]);
    model.dispose();
  });
});

it("finds strategies by id, in their own order, and names the ones there are", () => {
  expect(strategiesOf(["mc", "ce"]).map(({ id }) => id)).toEqual(["ce", "mc"]);
  expect(() => strategiesOf(["mcc"])).toThrow("mcloss: no strategy `mcc`; there are ce, ce-wide, mc,");
});

it("gives a strategy and its baseline the same network, the same first weights and the same batches", async () => {
  const [plain, mc] = strategiesOf(["ce-wide", "mc"]) as [(typeof STRATEGIES)[0], (typeof STRATEGIES)[0]];
  const [a, b] = [await buildModel(plain, settings), await buildModel(mc, settings)];
  expect(Object.keys(a.params)).toEqual(Object.keys(b.params));
  for (const key of Object.keys(a.params))
    expect([...a.params[key]!.dataSync()]).toEqual([...b.params[key]!.dataSync()]);
  [a, b].forEach((model) => model.dispose());
});

describe("trainStrategy", () => {
  const [strategy] = strategiesOf(["pretrained-ce"]) as [(typeof STRATEGIES)[0]];
  const validated = async (model: FineGrainedClassifier) =>
    (
      await qualityOf(model, batchesInOrder((await lab.sides(strategy)).validation), {
        classes: settings.classes,
        pretrained: true,
      })
    ).top1;

  it("keeps the weights of the epoch that is best on the validation pictures", async () => {
    const model = await buildModel(strategy, settings);
    const forget = {
      onStep: ({ epoch }: { epoch: number }) => {
        if (epoch === 1) for (const param of Object.values(trainableParams(model))) param.assign(tf.zerosLike(param));
      },
    };
    const { epochs } = await trainStrategy(strategy, model, lab, settings, {
      dir: join(dir, "best"),
      resume: false,
      callbacks: [forget],
    });
    const [first, last] = epochs.map(({ metrics }) => metrics["validation accuracy"]!);
    expect(last).toBeCloseTo(1 / 3, 5); // all weights are zero: the first of equals
    expect(first).toBeGreaterThan(last!);
    expect(await validated(model)).toBe(first);
    model.dispose();
  });

  it("leaves what it found as the report shows it, and finds it again without training", async () => {
    const run = async (resume: boolean) => {
      const model = await buildModel(strategy, settings);
      const trained = await train(strategy, model, lab, settings, { dir: join(dir, "again"), resume });
      const top1 = await validated(model);
      model.dispose();
      return { trained, top1 };
    };
    const first = await run(false);
    const { best, measured, curves, channels } = first.trained;
    expect(best.accuracy).toBe(Math.max(...measured["validation accuracy"]!));
    expect(measured["validation accuracy"]![best.epoch - 1]).toBe(best.accuracy);
    expect(first.top1).toBe(best.accuracy);
    expect(Object.keys(curves)).toEqual(["cross-entropy"]);
    expect(channels).toEqual([192, 192]); // 576 of 3 classes
    const second = await run(true);
    expect({ ...second.trained, seconds: 0 }).toEqual({ ...first.trained, seconds: 0 });
    expect(second.top1).toBe(first.top1);
  });
});
