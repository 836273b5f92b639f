import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { EngineReport } from "@fovea/engine";
import type { LargeImageClassifier } from "@fovea/models";
import { countParams } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import { trunkSource } from "@fovea/open-sets";
import type { Plan } from "@fovea/sampling";
import { progressBar, type History } from "@fovea/train";
import { withProgress } from "../progress.js";
import { provenance } from "../provenance.js";
import { likeliest, qualityOf, sees } from "./evaluate.js";
import { closeUp, lookOf, saidOf, thumbnailOf } from "./examples.js";
import { largeScene, prepareLab, type Lab, type OpenScene } from "./lab.js";
import { fitsWhole, openLarge, peakBytes, predictLarge, writeScene } from "./large.js";
import { qualityTable, zoomInHtml } from "./report.js";
import type { LargeResult, LargeRun, Look, StrategyRun, ZoomExample, ZoomInRun } from "./run.js";
import type { Settings } from "./settings.js";
import type { Strategy } from "./strategies.js";
import { ACCURACY, FOUND, trainStrategy } from "./train-strategy.js";

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
  readonly model: LargeImageClassifier<Plan>;
}

/**
 * Trains and tests every strategy on small scenes, classifies a large one from its file, and writes the report.
 *
 * @throws the signal's reason if it is aborted; then checkpoints are left to resume from, and no report
 */
export async function runDemo(options: DemoOptions): Promise<{ run: ZoomInRun; report: string }> {
  const { settings, strategies, out, command, engine, signal } = options;
  await mkdir(out, { recursive: true });
  const lab = await prepareLab(settings, signal);
  const trained: Trained[] = [];
  try {
    const runs: StrategyRun[] = [];
    for (const [i, strategy] of strategies.entries()) {
      console.error(`[${i + 1}/${strategies.length}] ${strategy.name}`);
      const model = await strategy.build(settings, lab.set.classes.length);
      trained.push({ strategy, model });
      runs.push(await trainAndTest({ strategy, model }, lab, options));
    }
    const examples = await examplesOf(lab, trained, settings);
    signal?.throwIfAborted();
    const { large, example } = await lookAtLarge(trained, lab, options);
    const data = dataOf(lab, settings);
    const shared = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [key, typeof value === "object" ? value.join(", ") : value]),
    ) as ZoomInRun["settings"];
    const run: ZoomInRun = {
      ...{ schema: "zoomin/1", ...provenance(engine), command, data, settings: shared, strategies: runs, large },
    };
    return { run, report: await publish(out, run, [example, ...examples]) };
  } finally {
    for (const { model } of trained) model.dispose();
    await lab.close();
  }
}

async function trainAndTest({ strategy, model }: Trained, lab: Lab, options: DemoOptions): Promise<StrategyRun> {
  const { settings, out, resume, signal } = options;
  const start = performance.now();
  const history = await trainStrategy(strategy, model, lab, settings, {
    ...{ dir: join(out, "checkpoints"), resume, callbacks: [progressBar()], ...(signal && { signal }) },
  });
  const seconds = (performance.now() - start) / 1000;
  const test = await withProgress("testing", lab.test.length, (to) =>
    qualityOf(model, lab.test, (done) => {
      to(done);
      signal?.throwIfAborted();
    }),
  );
  const { id, name, description } = strategy;
  const measured = measuredOf(history);
  const accuracy = Math.max(...measured[ACCURACY]!);
  return {
    ...{ id, name, description, params: countParams(model), seconds, curves: curvesOf(history), measured, test },
    best: { epoch: 1 + measured[ACCURACY]!.indexOf(accuracy), accuracy },
  };
}

const curvesOf = ({ steps }: History): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(steps).flatMap(([name, values]) =>
      name.startsWith("loss/") ? [[name.replace("loss/", ""), values]] : [],
    ),
  );

const measuredOf = ({ epochs }: History): Record<string, number[]> =>
  Object.fromEntries([ACCURACY, FOUND].map((name) => [name, epochs.map(({ metrics }) => metrics[name]!)]));

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

async function lookAtLarge(trained: readonly Trained[], lab: Lab, { settings, large: side, out }: DemoOptions) {
  const scene = await largeScene(settings, side);
  const path = join(out, `scene-${side}.tif`);
  const fileBytes = await writeScene(scene, path);
  const source = await openLarge(path);
  try {
    const { classes } = lab.set;
    const truth = scene.targets;
    const { label } = scene;
    const shown = { thumbnail: await thumbnailOf(source), tile: settings.tile, truth, classes, label };
    const results: LargeResult[] = [];
    const looks: Look[] = [];
    for (const { strategy, model } of trained) {
      const { name, whole } = strategy;
      const start = performance.now();
      if (whole && !fitsWhole(source, settings)) {
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

const dataOf = ({ set, train, validation, test }: Lab, { side, distractors, features }: Settings) => ({
  name: set.name,
  description:
    `Scenes of ${side} × ${side} pixels on photographs of the Earth, with ${distractors + 1} sign(s) each: one is the class, ` +
    "or none is. Neither places nor views of the signs come twice.",
  classes: set.classes,
  trainImages: train.length,
  validationImages: validation.length,
  testImages: test.length,
  sources: [...set.attribution, ...(features === "trunk" ? [trunkSource] : [])],
});

/** Writes `run.json` and `report.html`. @returns the report's path */
async function publish(out: string, run: ZoomInRun, examples: readonly ZoomExample[]): Promise<string> {
  const report = join(out, "report.html");
  const html = await zoomInHtml(run, examples);
  await writeFileAtomic(join(out, "run.json"), JSON.stringify(run, null, 1));
  await writeFileAtomic(report, html);
  return report;
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
  ].join("\n");
}
