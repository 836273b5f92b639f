import { experiment as experimentOf, withProgress, type Evaluation, type Stage, type Variant } from "@fovea/experiment";
import { addLosses, crossEntropy, mcLoss, mcLossWeights } from "@fovea/losses";
import type { FineGrainedClassifier } from "@fovea/models";
import { FROZEN_STAGE } from "../tuned-trunk.js";
import { batchesInOrder, trainingBatches, type ImageBatch } from "./batches.js";
import { prepare, type McLossData } from "./data.js";
import { qualityOf, sisterShare } from "./evaluate.js";
import { examplesOf, type Example } from "./figures.js";
import { chosenJobs, gridJobs } from "./grid.js";
import { buildModel, channelsPerClass, networks, type Network } from "./networks.js";
import { predict } from "./predict.js";
import { report } from "./report.js";
import { settings, type Settings } from "./settings.js";

/** Networks whose channels are shown beside each other. */
const EXPLAINED = 2;

/** One pass of training for all: by cross-entropy, with MC-Loss or without. */
async function* stagesOf(
  { pretrained, baseline }: Network,
  model: FineGrainedClassifier,
  { batch, seed, weightDecay, epochs, tuneEpochs, learningRate, tuneLearningRate, alpha, beta }: Settings,
  { classes, mirrors, splits }: McLossData,
): AsyncIterable<Stage<ImageBatch>> {
  const { train, validation } = await splits(pretrained);
  const start = pretrained ? { from: FROZEN_STAGE } : {};
  const weights = pretrained ? mcLossWeights.finetune : { alpha, beta };
  const toValidate = batchesInOrder(validation);
  yield {
    batches: trainingBatches(train, { batch, seed, mirror: mirrors }),
    loss({ x, labels }, ctx) {
      const { maps, logits } = model.outputs(x, ctx, start);
      return addLosses({
        "cross-entropy": crossEntropy(logits, labels),
        ...(baseline && { mc: mcLoss(maps, labels, ctx, { classes: classes.length, ...weights }) }),
      });
    },
    epochs: pretrained ? tuneEpochs : epochs,
    learningRate: pretrained ? tuneLearningRate : learningRate,
    weightDecay,
    async validate() {
      const { top1, diversity } = await qualityOf(model, toValidate, { classes: classes.length, pretrained });
      return { top1, ...(diversity !== null && { diversity }) };
    },
  };
}

type NetworkVariant = Network & Variant<Settings, McLossData, FineGrainedClassifier>;

const variantOf = (network: Network): NetworkVariant => ({
  ...network,
  build: (settings, { classes }) => buildModel(network, { ...settings, classes: classes.length }),
  stages: (model, settings, data) => stagesOf(network, model, settings, data),
});

/** Fine-grained classes with and without MC-Loss, from scratch and pretrained. */
export const experiment = experimentOf({
  id: "mcloss",
  title: "MC-Loss: cross-entropy with and without the mutual-channel loss",
  description: "fine-grained classes, with and without the mutual-channel loss",
  settings,
  resultsSettings: { epochs: 20 },
  metrics: {
    top1: { title: "top-1", unit: "percent" },
    top5: { title: "top-5", unit: "percent" },
    sisters: { title: "sister errors", unit: "percent" },
    map: { title: "map alone", unit: "percent" },
    diversity: { title: "diversity h" },
  },
  selectBy: "top1",
  variants: networks.map(variantOf),
  shown: ["ce-wide", "mc", "pretrained-ce", "pretrained-mc"],
  prepare,
  async evaluate(model, { classes, families, splits }, _, { pretrained }, { signal }): Promise<Evaluation> {
    const batches = batchesInOrder((await splits(pretrained)).test);
    const { confusion, ...quality } = await withProgress(
      "testing",
      batches.stepsPerEpoch,
      (onStep) => qualityOf(model, batches, { classes: classes.length, pretrained, onStep }),
      { signal },
    );
    const values = { ...quality, ...(families && { sisters: sisterShare(confusion, families) }) };
    return {
      measurements: Object.entries(values).map(([metric, value]) => ({ metric, value })),
      confusion,
      details: { channels: channelsPerClass(model, classes.length) },
    };
  },
  sweeps: (results, given) => [...gridJobs(given), ...chosenJobs(results, given)],
  async explain(model, data, { seed }, { id }, { variants }): Promise<readonly Example[]> {
    const shown = networks.filter(({ wide, id }) => wide && variants.includes(id)).slice(0, EXPLAINED);
    return shown.some((network) => network.id === id) ? examplesOf(model, data, seed) : [];
  },
  report,
  predict,
});
