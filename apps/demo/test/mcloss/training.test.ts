import { defaultsOf, type Stage } from "@fovea/experiment";
import type { FineGrainedClassifier } from "@fovea/models";
import { rng, trainableParams, trainingContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { ImageBatch } from "../../src/mcloss/batches.js";
import { prepare, type McLossData } from "../../src/mcloss/data.js";
import { experiment } from "../../src/mcloss/experiment.js";
import { channelsPerClass, networks } from "../../src/mcloss/networks.js";
import { settings as spec } from "../../src/mcloss/settings.js";

const settings = { ...defaultsOf(spec), classes: 3, size: 32, width: 4, epochs: 2, tuneEpochs: 2 };
const context = { command: "run", out: "", resume: false, variants: networks.map(({ id }) => id) } as const;
let data: McLossData;
beforeAll(async () => {
  data = (await prepare(settings, context)).data;
}, 120_000);

const build = (id: string) => experiment.variants.find((variant) => variant.id === id)!.build(settings, data, context);

async function stageOf(id: string, model: FineGrainedClassifier): Promise<Stage<ImageBatch>> {
  for await (const stage of experiment.variants.find((variant) => variant.id === id)!.stages(model, settings, data))
    return stage as Stage<ImageBatch>;
  throw new Error("no stage");
}

describe.each(networks.map(({ id, pretrained }) => [id, pretrained] as const))("%s", (id, pretrained) => {
  it("learns: every weight that it may move has a gradient, and no other", async () => {
    const model = await build(id);
    const { batches, loss } = await stageOf(id, model);
    const batch = await batches.batch(0);
    const ctx = trainingContext(rng(0));
    const total = () => (loss(batch, ctx) as { readonly total: tf.Scalar }).total;
    const { value, grads } = tf.variableGrads(total);
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    const moved = Object.keys(trainableParams(model)).filter((key) => model.params[key]!.name in grads);
    expect(moved).toEqual(Object.keys(trainableParams(model)));
    if (pretrained)
      expect(moved.filter((key) => !/^(head|projection)\./.test(key))).toEqual([
        "block_11_expand/kernel",
        "block_11_depthwise/depthwise_kernel",
        "block_11_project/kernel",
        "block_12_expand/kernel",
        "block_12_depthwise/depthwise_kernel",
        "block_12_project/kernel",
        "block_13_expand/kernel",
      ]);
    tf.dispose([batch, value, grads]);
    model.dispose();
  });
});

it("gives a variant and its baseline the same network, the same first weights and the same batches", async () => {
  const [a, b] = [await build("ce-wide"), await build("mc")];
  expect(Object.keys(a.params)).toEqual(Object.keys(b.params));
  for (const key of Object.keys(a.params))
    expect([...a.params[key]!.dataSync()]).toEqual([...b.params[key]!.dataSync()]);
  const [one, other] = [await (await stageOf("ce-wide", a)).batches.batch(1), await (await stageOf("mc", b)).batches.batch(1)]; // prettier-ignore
  expect([...one.x.dataSync()]).toEqual([...other.x.dataSync()]);
  expect([...one.labels.dataSync()]).toEqual([...other.labels.dataSync()]);
  tf.dispose([one, other]);
  [a, b].forEach((model) => model.dispose());
});

it("shares the channels of the trunk's last map out among the classes", async () => {
  const model = await build("pretrained-ce");
  expect(channelsPerClass(model, 3)).toEqual([192, 192]); // 576 of 3 classes
  model.dispose();
});
