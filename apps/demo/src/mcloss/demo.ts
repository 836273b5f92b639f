import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { EngineReport } from "@fovea/engine";
import { channelGroups } from "@fovea/losses";
import type { FineGrainedClassifier } from "@fovea/models";
import { rng } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import { trunkSource } from "@fovea/open-datasets";
import { progressBar, type History } from "@fovea/train";
import { withProgress } from "../progress.js";
import { provenance } from "../provenance.js";
import { pictureUrl } from "../report/overlay.js";
import { batchesInOrder } from "./batches.js";
import { qualityOf, sisterShare } from "./evaluate.js";
import { look } from "./examples.js";
import { prepareLab, type Lab } from "./lab.js";
import { mcLossHtml } from "./report.js";
import type { ChannelExample, Look, McLossData, McLossRun, StrategyRun, TrainedStrategy } from "./run.js";
import type { Settings } from "./settings.js";
import { buildModel, type Strategy } from "./strategies.js";
import { qualityTable } from "./table.js";
import type { Task } from "./task.js";
import { ACCURACY, DIVERSITY, trainedParams, trainStrategy, type RunOptions } from "./train-strategy.js";

/** What `npm run demo -- mcloss` is asked for. */
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

const EXAMPLES = 6;
/** Networks whose channels are shown beside each other. */
const EXPLAINED = 2;

/**
 * Trains and tests every strategy, and writes the report.
 *
 * @returns what was found, and where the report is
 * @throws the signal's reason if it is aborted; then checkpoints are left to resume from, and no report
 */
export async function runDemo(options: DemoOptions): Promise<{ run: McLossRun; report: string }> {
  const { settings, strategies, out, resume, command, engine, signal } = options;
  await mkdir(out, { recursive: true });
  const lab = await prepareLab(settings, signal);
  const explained = strategies.filter(({ wide }) => wide).slice(0, EXPLAINED);
  const pictures = chosen(lab, settings);
  const runs: StrategyRun[] = [];
  const looks: Look[][] = [];
  for (const [i, strategy] of strategies.entries()) {
    console.error(`[${i + 1}/${strategies.length}] ${strategy.name}`);
    const model = await buildModel(strategy, settings);
    try {
      const dir = join(out, "checkpoints");
      const trained = await train(strategy, model, lab, settings, { dir, resume, ...(signal && { signal }) });
      runs.push({ ...trained, test: await test(strategy, model, lab, signal) });
      if (explained.includes(strategy)) looks.push(await looksOf(strategy, model, lab, pictures));
    } finally {
      model.dispose();
    }
  }
  const examples = await Promise.all(
    pictures.map((at, i) =>
      exampleOf(
        lab,
        at,
        looks.map((look) => look[i]!),
      ),
    ),
  );
  const run: McLossRun = {
    schema: "mcloss/1",
    ...provenance(engine),
    command,
    data: dataOf(lab.task, strategies),
    settings: { ...settings },
    strategies: runs,
  };
  return { run, report: await publish(out, run, examples) };
}

/** One trained model, with the weights of its best epoch. */
export async function train(
  strategy: Strategy,
  model: FineGrainedClassifier,
  lab: Lab,
  settings: Settings,
  options: RunOptions,
): Promise<TrainedStrategy> {
  await lab.sides(strategy); // shared by all that are pretrained, so it is not of this one's time
  const start = performance.now();
  const history = await trainStrategy(strategy, model, lab, settings, { ...options, callbacks: [progressBar()] });
  const { id, name, description, baseline = null } = strategy;
  const measured = measuredOf(history);
  const accuracy = Math.max(...measured[ACCURACY]!);
  return {
    ...{ id, name, description, baseline },
    params: trainedParams(model),
    channels: channelsOf(model, settings.classes),
    seconds: (performance.now() - start) / 1000,
    curves: curvesOf(history),
    measured,
    best: { epoch: 1 + measured[ACCURACY]!.indexOf(accuracy), accuracy },
  };
}

/** Of the kept weights, on the test pictures; once. */
export async function test(
  strategy: Strategy,
  model: FineGrainedClassifier,
  { task, sides }: Lab,
  signal?: AbortSignal,
): Promise<StrategyRun["test"]> {
  const batches = batchesInOrder((await sides(strategy)).test);
  return withProgress("testing", batches.stepsPerEpoch, async (to) => {
    let done = 0;
    const quality = await qualityOf(model, batches, {
      classes: task.classes.length,
      pretrained: strategy.pretrained,
      onStep: () => {
        to(++done);
        signal?.throwIfAborted();
      },
    });
    return { ...quality, sisters: sisterShare(quality.confusion, task.families) };
  });
}

function channelsOf({ encoder }: FineGrainedClassifier, classes: number): readonly [number, number] {
  if (encoder.dim < classes) return [0, 0];
  const groups = channelGroups(encoder.dim, classes);
  return [groups[0]!, groups.at(-1)!];
}

const curvesOf = ({ steps }: History): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(steps).flatMap(([name, values]) =>
      name.startsWith("loss/") ? [[name.replace(/^loss\/(mc\/)?/, ""), values]] : [],
    ),
  );

const measuredOf = ({ epochs }: History): Record<string, number[]> =>
  Object.fromEntries(
    [ACCURACY, DIVERSITY]
      .filter((name) => epochs.every(({ metrics }) => name in metrics))
      .map((name) => [name, epochs.map(({ metrics }) => metrics[name]!)]),
  );

/** A few test pictures, of as many classes, that the seed picks. */
function chosen({ task }: Lab, { seed }: Settings): number[] {
  const order = [...rng(seed).split("examples").permutation(task.test.items.length)];
  const seen = new Set<number>();
  const first = order.filter((at) => {
    const { label } = task.test.items[at]!;
    return !seen.has(label) && seen.add(label);
  });
  return first.slice(0, EXAMPLES).sort((a, b) => a - b);
}

async function looksOf(strategy: Strategy, model: FineGrainedClassifier, { task, sides }: Lab, at: readonly number[]) {
  const { test } = await sides(strategy);
  const looks: Look[] = [];
  for (const index of at) looks.push(await look(strategy, model, test, index, task.classes));
  return looks;
}

async function exampleOf({ task }: Lab, at: number, looks: readonly Look[]): Promise<ChannelExample> {
  const item = task.test.items[at]!;
  return {
    label: task.classes[item.label]!,
    source: item.group ?? item.id,
    picture: await pictureUrl(await item.load()),
    looks,
  };
}

/** @param strategies - the weights are credited only if one has used them */
export const dataOf = (task: Task, strategies: readonly Strategy[]): McLossData => ({
  name: task.name,
  description: task.description,
  classes: task.classes,
  families: task.families,
  trainImages: task.train.items.length,
  validationImages: task.validation.items.length,
  testImages: task.test.items.length,
  sources: [...task.attribution, ...(strategies.some(({ pretrained }) => pretrained) ? [trunkSource] : [])],
});

/** Writes `run.json` and `report.html`. @returns the report's path */
async function publish(out: string, run: McLossRun, examples: readonly ChannelExample[]): Promise<string> {
  const report = join(out, "report.html");
  const html = await mcLossHtml(run, examples);
  await writeFileAtomic(join(out, "run.json"), JSON.stringify(run, null, 1));
  await writeFileAtomic(report, html);
  return report;
}

/** What the terminal shows at the end. */
export const summary = (run: McLossRun, report: string): string =>
  `${qualityTable(run.strategies)}\n${run.data.name}: chance is ${(100 / run.data.classes.length).toFixed(1)} %, ` +
  `one seed. Kept: the best epoch on validation pictures.\nReport: ${relative(process.cwd(), report)}`;
