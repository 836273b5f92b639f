import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { EngineReport } from "@fovea/engine";
import { groupsOf, labelsOf, viewSubsets } from "@fovea/data";
import type { MvHfmd } from "@fovea/models";
import { rng } from "@fovea/nn";
import { progressBar, type History } from "@fovea/train";
import { withProgress } from "../progress.js";
import type { Accuracy, Example, MvHfmdRun, StrategyRun } from "../run.js";
import { accuraciesOf } from "./evaluate.js";
import { explain } from "./examples.js";
import { prepareLab, type Lab } from "./lab.js";
import { describeRun, publish } from "./publish.js";
import type { Settings } from "./settings.js";
import type { Strategy } from "./strategies.js";
import { buildModel, trainedParams, trainStrategy, viewBatches } from "./train-strategy.js";

/** What `npm run demo` is asked for. */
export interface DemoOptions {
  readonly settings: Settings;
  readonly strategies: readonly Strategy[];
  /** Folder for checkpoints, the report and the numbers. */
  readonly out: string;
  readonly resume: boolean;
  readonly command: string;
  readonly engine: EngineReport;
  readonly signal?: AbortSignal;
}

/** The strategy whose collections the report explains. */
const EXPLAINED = "mv-hfmd";
const EXAMPLES = 8;

type Model = ReturnType<typeof buildModel>;

/**
 * Trains and tests every strategy, and writes the report.
 *
 * @returns what was found, and where the report is
 * @throws the signal's reason if it is aborted; then checkpoints are left to resume from, and no report
 */
export async function runDemo(options: DemoOptions): Promise<{ run: MvHfmdRun; report: string }> {
  const { settings, strategies, out, signal } = options;
  await mkdir(out, { recursive: true });
  const lab = await prepareLab(settings, strategies, signal);
  const runs: StrategyRun[] = [];
  const examples: Example[] = [];
  try {
    for (const [i, strategy] of strategies.entries()) {
      console.error(`[${i + 1}/${strategies.length}] ${strategy.rows[0]!.name}`);
      const model = buildModel(strategy, lab.stem, lab.task, settings);
      try {
        runs.push(...(await trainAndTest(strategy, model, lab, options)));
        if (strategy.id === EXPLAINED) examples.push(...(await explainSome(model as unknown as MvHfmd, lab, settings)));
      } finally {
        model.dispose();
      }
    }
  } finally {
    lab.stem.dispose();
  }
  const run = describeRun(options, lab.task, runs);
  return { run, report: await publish(out, run, examples) };
}

/** One trained model; a row for each prediction that is read off it. */
async function trainAndTest(strategy: Strategy, model: Model, lab: Lab, options: DemoOptions): Promise<StrategyRun[]> {
  const { settings, out, resume, signal } = options;
  const start = performance.now();
  const history = await trainStrategy(strategy, model, lab.task, lab.train, settings, {
    dir: join(out, "checkpoints"),
    resume,
    callbacks: [progressBar()],
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  const shared = { params: trainedParams(model), seconds: (performance.now() - start) / 1000 };
  const accuracy = await testAll(strategy, model, lab, signal);
  return strategy.rows.map(({ name, description, output }, i) => {
    const curves = i === 0 ? curvesOf(history) : {};
    return { name, description, ...shared, curves, accuracy: accuracy.get(output)! };
  });
}

/** Accuracies with 1, 2, … views, by output. A single view is asked alone only. */
function testAll(strategy: Strategy, model: Model, { test, tests }: Lab, signal?: AbortSignal) {
  const total = tests.reduce((sum, { sampler }) => sum + sampler.stepsPerEpoch, 0);
  return withProgress("testing", total, async (to) => {
    const found = new Map(strategy.rows.map(({ output }): [string, Accuracy[]] => [output, []]));
    let done = 0;
    for (const collections of tests) {
      const outputs = [...found.keys()].filter((output) => output !== "single" || collections.views === 1);
      const batches = viewBatches(test, strategy.from, collections.sampler);
      const accuracies = await accuraciesOf(model, batches, strategy.from, outputs, collections, () => {
        to(++done);
        signal?.throwIfAborted();
      });
      outputs.forEach((output, i) => found.get(output)!.push(accuracies[i]!));
    }
    return found;
  });
}

/** The loss and its terms, under the names that the report shows. */
const curvesOf = ({ steps }: History): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(steps)
      .filter(([name]) => name.startsWith("loss/"))
      .map(([name, values]) => [`${name.slice("loss/".length)} loss`, values]),
  );

async function explainSome(model: MvHfmd, { task }: Lab, { views, seed }: Settings): Promise<Example[]> {
  const { test, distinctGroups, classes } = task;
  const subsets = viewSubsets({
    labels: labelsOf(test),
    groups: groupsOf(test),
    distinctGroups,
    views,
    limit: 1,
    seed,
  });
  const order = rng(seed).split("examples").permutation(subsets.collections.length);
  const chosen = [...order.subarray(0, EXAMPLES)].sort((a, b) => a - b);
  const examples: Example[] = [];
  for (const i of chosen) {
    const items = subsets.collections[i]!.map((at) => test.items[at]!);
    examples.push(await explain(model, items, classes, subsets.labels[i]!));
  }
  return examples;
}
