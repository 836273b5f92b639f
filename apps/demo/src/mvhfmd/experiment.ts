import { collectionSampler, viewSubsets } from "@fovea/data";
import {
  experiment as experimentOf,
  withProgress,
  type Evaluation,
  type Figure,
  type Stage,
  type Variant,
} from "@fovea/experiment";
import type { MultiViewClassifier } from "@fovea/models";
import { rng } from "@fovea/nn";
import { viewBatches, type ViewBatch } from "../splits.js";
import { prepare, viewsIn, type ViewData } from "./data.js";
import { accuracies } from "./evaluate.js";
import { explain } from "./examples.js";
import { mergings, modelOf, type Merging } from "./merging.js";
import { predict } from "./predict.js";
import { report } from "./report.js";
import { settings, type Settings } from "./settings.js";

type Model = MultiViewClassifier<string, unknown>;
type MergingVariant = Variant<Settings, ViewData, Model> & { readonly merging: Merging };

const variantOf = (merging: Merging): MergingVariant => ({
  ...{ id: merging.id, name: merging.rows[0]!.name, description: merging.rows[0]!.description, merging },
  build: (settings, { stem, classes }) => modelOf(merging, stem, classes.length, settings),
  *stages(model, { views, batch, seed, epochs, learningRate, weightDecay }, { train, grouping }) {
    const { from, learns, loss } = merging;
    const sampler = collectionSampler({ ...viewsIn(train.set), grouping, views: [1, views], batch, seed });
    yield {
      batches: viewBatches(train, from, sampler),
      loss: ({ views, labels, mask }, ctx) => loss(model.forward({ views, from, mask }, ctx, learns), labels, mask),
      ...{ epochs, learningRate, weightDecay, clipNorm: 5 },
    } satisfies Stage<ViewBatch>;
  },
});

/** Measures a model with 1, 2, … views. A single view is only asked alone. */
function evaluate(model: Model, data: ViewData, { from, rows }: Merging, signal?: AbortSignal): Promise<Evaluation> {
  const total = data.tests.reduce((sum, { sampler }) => sum + sampler.stepsPerEpoch, 0);
  const measure = async (onStep: () => void): Promise<Evaluation> => {
    const found: Evaluation[] = [];
    for (const { views, sampler } of data.tests) {
      const outputs = rows.map(({ output }) => output).filter((output) => output !== "single" || views === 1);
      const options = { from, outputs, views, classes: data.classes.length, onStep };
      found.push(await accuracies(model, viewBatches(data.test, from, sampler), options));
    }
    return { ...found.at(-1), measurements: found.flatMap(({ measurements }) => measurements) };
  };
  return withProgress("testing", total, measure, { signal });
}

/** The variant whose attention a run's report shows, if it is there: the paper's. */
const EXPLAINED = "mv-hfmd";
const EXAMPLES = 8;

/** A few test collections with the most views, and where the model looks in them. */
async function examplesOf(
  model: Model,
  { test, grouping, classes }: ViewData,
  { views, seed }: Settings,
  merging: Merging,
): Promise<Figure[]> {
  const subsets = viewSubsets({ ...viewsIn(test.set), grouping, views, limit: 1, seed });
  const order = rng(seed).split("examples").permutation(subsets.collections.length);
  const figures: Figure[] = [];
  for (const i of order.subarray(0, EXAMPLES).toSorted()) {
    const title = classes[subsets.labels[i]!]!;
    const items = subsets.collections[i]!.map((at) => test.set.items[at]!);
    figures.push((await explain({ model, merging, classes }, title, items, title)).figure);
  }
  return figures;
}

/** MV-HFMD beside the other ways to merge views (Black & Souvenir, WACV 2024). */
export const experiment = experimentOf({
  id: "mvhfmd",
  title: "MV-HFMD: how views are merged, and how many there are",
  description: "multi-view classification: every way to merge views, trained and tested on the same collections",
  settings,
  metrics: {
    top1: { title: "top-1", unit: "percent" },
    top5: { title: "top-5", unit: "percent" },
    single: { title: "loss of single views" },
    fused: { title: "loss of the fused prediction" },
    distillation: { title: "loss of distillation" },
  },
  variants: mergings.map(variantOf),
  shown: ["single", "early-image", "late-mean", "token", "mv-hfmd"], // one of each kind: minutes
  prepare,
  evaluate: (model, data, _, { merging }, { signal }) => evaluate(model, data, merging, signal),
  explain: async (model, data, settings, { id, merging }, { variants }) =>
    id === (variants.includes(EXPLAINED) ? EXPLAINED : variants.at(-1))
      ? examplesOf(model, data, settings, merging)
      : [],
  report,
  predict,
});
