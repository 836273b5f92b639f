import { mkdir } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join, relative } from "node:path";
import type { EngineReport } from "@fovea/engine";
import { groupsOf, labelsOf, viewSubsets } from "@fovea/data";
import type { MvHfmd } from "@fovea/models";
import { freeze, rng } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import { imagenetTrunk } from "@fovea/open-sets";
import { progressBar, type History } from "@fovea/train";
import { progress } from "../progress.js";
import { reportHtml } from "../report/html.js";
import type { Accuracy, Example, Machine, MvHfmdRun, StrategyRun } from "../run.js";
import { accuraciesOf, testCollections, type TestCollections } from "./evaluate.js";
import { explain } from "./examples.js";
import { encodeItems } from "./features.js";
import type { Settings } from "./settings.js";
import type { Strategy } from "./strategies.js";
import { accuracyTable } from "./table.js";
import { taskOf, type Task } from "./task.js";
import { buildModel, sideOf, trainedParams, trainStrategy, viewBatches, type Side } from "./train-strategy.js";

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

/** Trains and tests every strategy, and writes the report. @returns what was found, and where the report is */
export async function runDemo(options: DemoOptions): Promise<{ run: MvHfmdRun; report: string }> {
  const { settings, strategies, out, signal } = options;
  await mkdir(out, { recursive: true });
  const lab = await prepare(settings);
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
      if (signal?.aborted) break;
    }
  } finally {
    lab.stem.dispose();
  }
  const run = describeRun(options, lab.task, runs);
  return { run, report: await writeReport(out, run, examples) };
}

interface Lab {
  readonly task: Task;
  readonly stem: Awaited<ReturnType<typeof imagenetTrunk>>;
  readonly train: Side;
  readonly test: Side;
  readonly tests: readonly TestCollections[];
}

/** Reads the pictures, and computes the frozen trunk's map of each once. */
export async function prepare(settings: Settings): Promise<Lab> {
  const { views, collections, seed, stage } = settings;
  const task = await taskOf(settings);
  const stem = await imagenetTrunk({ until: stage });
  freeze(stem);
  const total = task.train.items.length + task.test.items.length;
  const bar = progress("features of the trunk", total);
  const encode = (set: Task["train"], before: number) =>
    encodeItems(stem, stage, set.items, (done) => bar.to(before + done));
  const train = sideOf(task.train, await encode(task.train, 0));
  const test = sideOf(task.test, await encode(task.test, task.train.items.length));
  bar.stop();
  const counts = Array.from({ length: views }, (_, i) => i + 1);
  return { task, stem, train, test, tests: counts.map((n) => testCollections(task, n, collections, seed)) };
}

/** One trained model; a row for each prediction that is read off it. */
export async function trainAndTest(
  strategy: Strategy,
  model: ReturnType<typeof buildModel>,
  { task, train, test, tests }: Lab,
  { settings, out, resume, signal }: Pick<DemoOptions, "settings" | "out" | "resume" | "signal">,
): Promise<StrategyRun[]> {
  const start = performance.now();
  const history = await trainStrategy(strategy, model, task, train, settings, {
    dir: join(out, "checkpoints"),
    resume,
    callbacks: [progressBar()],
    ...(signal && { signal }),
  });
  const shared = { params: trainedParams(model), seconds: (performance.now() - start) / 1000 };
  const accuracy = await testAll(strategy, model, test, tests);
  return strategy.rows.map(({ name, description, output }, i) => {
    const curves = i === 0 ? curvesOf(history) : {};
    return { name, description, ...shared, curves, accuracy: accuracy.get(output)! };
  });
}

/** Accuracies with 1, 2, … views, by output. A single view is asked alone only. */
async function testAll(
  strategy: Strategy,
  model: ReturnType<typeof buildModel>,
  side: Side,
  tests: readonly TestCollections[],
): Promise<Map<string, Accuracy[]>> {
  const found = new Map(strategy.rows.map(({ output }): [string, Accuracy[]] => [output, []]));
  const bar = progress(
    "  testing",
    tests.reduce((sum, { sampler }) => sum + sampler.stepsPerEpoch, 0),
  );
  let done = 0;
  for (const collections of tests) {
    const outputs = [...found.keys()].filter((output) => output !== "single" || collections.views === 1);
    const batches = viewBatches(side, strategy.from, collections.sampler);
    const onStep = () => bar.to(++done);
    const accuracies = await accuraciesOf(model, batches, strategy.from, outputs, collections, onStep);
    outputs.forEach((output, i) => found.get(output)!.push(accuracies[i]!));
  }
  bar.stop();
  return found;
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

function describeRun({ settings, command, engine }: DemoOptions, task: Task, strategies: StrategyRun[]): MvHfmdRun {
  return {
    schema: "mvhfmd/1",
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    command,
    machine: machineOf(engine.engine),
    data: {
      name: task.name,
      description: task.description,
      classes: task.classes,
      trainImages: task.train.items.length,
      testImages: task.test.items.length,
      sources: task.sources,
    },
    settings: { ...settings },
    strategies,
  };
}

/** What the numbers were made on. */
export const machineOf = (engine: string): Machine => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  node: process.versions.node,
  engine,
});

async function writeReport(out: string, run: MvHfmdRun, examples: readonly Example[]): Promise<string> {
  const explained = run.strategies.find(({ name }) => name.startsWith("hybrid + "))?.name ?? "";
  const report = join(out, "report.html");
  await writeFileAtomic(join(out, "run.json"), JSON.stringify(run, null, 1));
  await writeFileAtomic(report, await reportHtml({ run, examples, explained }));
  return report;
}

/** What the terminal shows at the end. */
export const summary = (run: MvHfmdRun, report: string): string =>
  `${accuracyTable(run.strategies)}\n${run.data.name}: chance is ${(100 / run.data.classes.length).toFixed(1)} %, ` +
  `one seed.\nReport: ${relative(process.cwd(), report)}`;
