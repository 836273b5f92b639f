import { mkdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { EngineReport } from "@fovea/engine";
import type { LargeImageClassifier } from "@fovea/models";
import { countParams } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import type { SamplingPlan } from "@fovea/patch-sampling";
import type { Scene } from "@fovea/open-datasets";
import { bestCheckpoint, progressBar } from "@fovea/train";
import { provenance } from "../provenance.js";
import { likeliest, sees } from "./evaluate.js";
import { closeUp, lookOf, saidOf, thumbnailOf } from "./examples.js";
import { largeScene, requireScenes, type Lab, type OpenScene } from "./lab.js";
import { fits, openLarge, peakBytes, predictLarge, writeScene } from "./large.js";
import { meaningsOf } from "./meanings.js";
import { qualityTable, zoomInHtml } from "./report.js";
import type { LargeResult, LargeRun, Look, StrategyRun, ZoomExample, ZoomInData, ZoomInRun } from "./run.js";
import { stagesOf, type Settings } from "./settings.js";
import { labsOf, runStages, stageFolder } from "./stages.js";
import type { Strategy } from "./strategies.js";

/** What `npm run demo -- zoomin` is asked for. */
export interface DemoOptions {
  readonly settings: Settings;
  readonly strategies: readonly Strategy[];
  /** Side of the large scene, in pixels. */
  readonly large: number;
  /** Folder for checkpoints, the large scene, the report and the numbers. */
  readonly out: string;
  readonly resume: boolean;
  readonly command: string;
  readonly engine: EngineReport;
  readonly signal?: AbortSignal;
}

/** A strategy with its trained network. */
interface Trained {
  readonly strategy: Strategy;
  readonly model: LargeImageClassifier<SamplingPlan>;
}

/**
 * Writes a large scene to a file, trains and tests every strategy on small ones, classifies the large one, and writes
 * the report.
 *
 * @throws the signal's reason if it is aborted; then checkpoints are left to resume from, and no report
 */
export async function runDemo(options: DemoOptions): Promise<{ run: ZoomInRun; report: string }> {
  const { settings, strategies, out, resume, command, engine, signal } = options;
  await mkdir(out, { recursive: true });
  const how = { dir: join(out, "checkpoints"), resume, ...(signal && { signal }) };
  await requireScenes(settings, settings.sides);
  const written = await writeLarge(options); // first: a disk that is full says so before anything is learned
  const meanings = meaningsOf(settings, { ...how, callbacks: [progressBar()] });
  const labs = labsOf(settings, signal);
  const trained: Trained[] = [];
  try {
    const lab = await labs.at(stagesOf(settings).at(-1)!);
    const runs: StrategyRun[] = [];
    for (const [i, strategy] of strategies.entries()) {
      console.error(`[${i + 1}/${strategies.length}] ${strategy.name}`);
      const model = strategy.build(settings, lab.set.classes.length);
      trained.push({ strategy, model });
      await meanings.start(strategy, model);
      const { id, name, description } = strategy;
      const stages = await runStages(strategy, model, settings, labs, how);
      runs.push({ id, name, description, params: countParams(model), stages });
    }
    const examples = await examplesOf(lab, trained, settings);
    signal?.throwIfAborted();
    const { large, example } = await lookAtLarge(written, trained, lab, options);
    const run: ZoomInRun = {
      ...{ schema: "zoomin/2", ...provenance(engine), command },
      ...{ data: dataOf(lab, settings), settings: plainSettings(settings), strategies: runs, large },
    };
    return { run, report: await publish(out, run, [example, ...examples]) };
  } finally {
    for (const { model } of trained) model.dispose();
    await labs.close();
  }
}

/** Lists as text. */
export const plainSettings = (settings: Settings): ZoomInRun["settings"] =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, Array.isArray(value) ? value.join(", ") : value]),
  ) as ZoomInRun["settings"];

/** Test scenes that are shown: of those that the first strategy gets right, and of those that it does not. */
const SHOWN = 3;

async function examplesOf(lab: Lab, trained: readonly Trained[], settings: Settings): Promise<ZoomExample[]> {
  const right: OpenScene[] = [];
  const wrong: OpenScene[] = [];
  for (const open of lab.test) {
    const { probabilities } = await trained[0]!.model.predict(open.source);
    (likeliest(probabilities) === open.scene.label ? right : wrong).push(open);
  }
  const byNeedle = right.toSorted((a, b) => b.scene.targets.length - a.scene.targets.length);
  const examples: ZoomExample[] = [];
  for (const { scene, source } of [...byNeedle.slice(0, SHOWN), ...wrong.slice(0, SHOWN)]) {
    const thumbnail = await thumbnailOf(source);
    const { classes } = lab.set;
    const shown = { thumbnail, tile: settings.tile, truth: scene.targets, classes, label: scene.label };
    const looks: Look[] = [];
    for (const { strategy, model } of trained)
      looks.push(await lookOf(strategy.name, source, await model.predict(source), shown));
    const needle = scene.targets[0] ? await closeUp(source, scene.targets[0]) : null;
    examples.push({ title: `${scene.id}: ${classes[scene.label]!}`, needle, looks });
  }
  return examples;
}

/** The scene that is a file. */
interface Written {
  readonly scene: Scene;
  readonly path: string;
  readonly fileBytes: number;
}

async function writeLarge({ settings, large: side, out, signal }: DemoOptions): Promise<Written> {
  const scene = await largeScene(settings, side);
  const path = join(out, `scene-${side}.tif`);
  return { scene, path, fileBytes: await writeScene(scene, path, signal) };
}

async function lookAtLarge(
  { scene, path, fileBytes }: Written,
  trained: readonly Trained[],
  lab: Lab,
  { settings, large: side }: DemoOptions,
) {
  const source = await openLarge(path);
  try {
    const { classes } = lab.set;
    const truth = scene.targets;
    const { label } = scene;
    const shown = { thumbnail: await thumbnailOf(source), tile: settings.tile, truth, classes, label };
    const results: LargeResult[] = [];
    const looks: Look[] = [];
    for (const { strategy, model } of trained) {
      const { name } = strategy;
      const start = performance.now();
      if (!fits(source, strategy, settings)) {
        results.push({ name, said: null, found: false, seconds: 0 });
        continue;
      }
      const found = await predictLarge(model, source, strategy, settings);
      const seconds = (performance.now() - start) / 1000;
      const seen = found.plans[0]!.regions.some((region) => truth.some((box) => sees(region, box)));
      results.push({ name, said: saidOf(found.probabilities, classes, label), found: seen, seconds });
      looks.push(await lookOf(name, source, found, shown));
    }
    const large: LargeRun = { side, fileBytes, pixelBytes: 3 * side ** 2, results, peakBytes: peakBytes() };
    const title = `${side} × ${side} pixels, from a file: ${classes[label]!}`;
    const example: ZoomExample = { title, needle: await closeUp(source, truth[0]!), looks };
    return { large, example };
  } finally {
    await source.close();
  }
}

/** What the scenes are, in a sentence or two. */
export const descriptionOf = ({ sides, distractors }: Settings): string =>
  `Scenes of ${sides.join(", then ")} pixels a side on photographs of the Earth, with ${distractors + 1} signs each, larger ones with as ` +
  "many a pixel: one is the class, or none is. Among scenes of one side no place and no view of a sign comes twice.";

/** Of the last stage. */
export const dataOf = ({ set, train, validation, test }: Lab, settings: Settings): ZoomInData => ({
  name: set.name,
  description: descriptionOf(settings),
  classes: set.classes,
  trainImages: train.length,
  validationImages: validation.length,
  testImages: test.length,
  sources: set.attribution,
});

/** Writes `run.json` and `report.html`. @returns the report's path */
async function publish(out: string, run: ZoomInRun, examples: readonly ZoomExample[]): Promise<string> {
  const report = join(out, "report.html");
  const html = await zoomInHtml(run, examples);
  await writeFileAtomic(join(out, "run.json"), JSON.stringify(run, null, 1));
  await writeFileAtomic(report, html);
  return report;
}

/** Of the last stage, as `zoomin predict` takes it. */
function checkpointIn(out: string, { id, stages }: StrategyRun): string {
  const folder = stageFolder(join(out, "checkpoints"), { id }, stages.at(-1)!.side);
  return relative(process.cwd(), bestCheckpoint(folder));
}

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/** What the terminal shows at the end. */
export function summary({ strategies, large, data }: ZoomInRun, report: string): string {
  const said = large.results.map(({ name, said: answer, found, seconds }) =>
    answer
      ? `  ${name}: ${answer.label}, ${answer.right ? "right" : "wrong"}; the sign ${found ? "was" : "was not"} looked at; ${seconds.toFixed(1)} s`
      : `  ${name}: too large for a view of the whole`,
  );
  return [
    qualityTable(strategies),
    `${data.name}: chance is ${(100 / data.classes.length).toFixed(1)} %, one seed. Kept: the best epoch on validation scenes.`,
    `${large.side} × ${large.side} pixels, ${mega(large.fileBytes)} as a file, ${mega(large.pixelBytes)} as pixels:`,
    ...said,
    `Peak memory of the process (RSS), training included: ${mega(large.peakBytes)}.`,
    `Report: ${relative(process.cwd(), report)}`,
    `Your own pictures: npm run demo -- zoomin predict --checkpoint ${checkpointIn(dirname(report), strategies[0]!)} PICTURE`,
  ].join("\n");
}
