import { experiment as experimentOf, withProgress, type Evaluation, type Variant } from "@fovea/experiment";
import { batchesInOrder, TEXTS } from "./batches.js";
import { prepare } from "./data.js";
import type { PmaData } from "./task.js";
import { qualityOf, type Quality } from "./evaluate.js";
import { examplesOf } from "./figures.js";
import type { Network } from "./network.js";
import { networks, TEACHER, type NetworkSpec } from "./networks.js";
import { predict } from "./predict.js";
import { report } from "./report.js";
import { settings, type Settings } from "./settings.js";
import { stageOf } from "./training.js";

type NetworkVariant = Variant<Settings, PmaData, Network> & { readonly network: NetworkSpec };

const variantOf = (network: NetworkSpec): NetworkVariant => ({
  ...{ id: network.id, name: network.name, description: network.description, baseline: network.baseline, network },
  build: (settings, { inputs }) => network.build(settings, inputs),
  async *stages(model, settings, data) {
    yield await stageOf(model, settings, data, network.distilled ? await data.teacher() : undefined);
  },
});

/** Accuracy without text, with the first sentence and with all. What takes no text does the same with any. */
async function evaluate(
  model: Network,
  data: PmaData,
  { maxPhrases }: Settings,
  { text: takes }: Pick<NetworkSpec, "text">,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const tests = TEXTS.map((text) => ({ text, batches: batchesInOrder(data.test, data, { text, maxPhrases }) }));
  const asked = takes !== "none" ? tests : tests.slice(-1);
  const total = asked.reduce((sum, { batches }) => sum + batches.stepsPerEpoch, 0);
  const measure = async (onStep: () => void): Promise<Evaluation> => {
    const found: Quality[] = [];
    for (const { batches } of asked) found.push(await qualityOf(model, batches, data.classes.length, onStep));
    const measurements = TEXTS.map((text, i) => ({
      metric: "top1",
      value: (found[i] ?? found[0]!).top1,
      at: { text },
    }));
    return { measurements, confusion: found.at(-1)!.confusion };
  };
  return withProgress("testing", total, measure, { signal });
}

/** Images with sentences: progressive mask attention over both, and a student that needs no text. */
export const experiment = experimentOf({
  id: "pma",
  title: "PMA: images with sentences, and a student that needs no text",
  description: "images with sentences about them: progressive mask attention, and a student that needs no text",
  settings,
  metrics: { top1: { title: "top-1", unit: "percent" } },
  selectBy: "top1",
  variants: networks.map(variantOf),
  shown: ["cnn", "text", TEACHER, "student"],
  prepare,
  evaluate: (model, data, settings, { network }, { signal }) => evaluate(model, data, settings, network, signal),
  explain: async (model, data, settings, { id }, { variants }) =>
    id === (variants.includes(TEACHER) ? TEACHER : variants.at(-1)) ? examplesOf(model, data, settings) : [],
  report,
  predict,
});
