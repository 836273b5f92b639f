import { join } from "node:path";
import type { LargeImageClassifier } from "@fovea/models";
import type { SamplingPlan } from "@fovea/patch-sampling";
import { progressBar, type Callback, type History } from "@fovea/train";
import { withProgress } from "../progress.js";
import { qualityOf, type Quality } from "./evaluate.js";
import { prepareLab, type Lab, type OpenScene } from "./lab.js";
import type { StageRun } from "./run.js";
import { stagesOf, type Settings, type Stage } from "./settings.js";
import type { Strategy } from "./strategies.js";
import { ACCURACY, FOUND, train } from "./train.js";

/** The scenes of every stage, painted when they are first asked for. */
export interface Labs {
  at(stage: Stage): Promise<Lab>;
  close(): Promise<void>;
}

export function labsOf(settings: Settings, signal?: AbortSignal): Labs {
  const labs = new Map<number, Promise<Lab>>();
  return {
    at(stage) {
      const lab = labs.get(stage.side) ?? prepareLab(settings, stage, signal);
      labs.set(stage.side, lab);
      return lab;
    },
    close: async () => void (await Promise.all([...labs.values()].map(async (lab) => (await lab).close()))),
  };
}

/** Where the checkpoints of a strategy's stages are, and how it goes on. */
export interface StagesOptions {
  readonly dir: string;
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}

/** Trains and tests a strategy on scenes of one side after another, each time from where it is. */
export async function runStages(
  strategy: Strategy,
  model: LargeImageClassifier<SamplingPlan>,
  settings: Settings,
  labs: Labs,
  { dir, resume, signal, callbacks = [progressBar()] }: StagesOptions,
): Promise<StageRun[]> {
  const runs: StageRun[] = [];
  for (const stage of stagesOf(settings)) {
    const { side, epochs, lr } = stage;
    const lab = await labs.at(stage);
    const { onFailure, ...decisive } = settings; // how failures are taken may change when a run goes on
    const { batch, weightDecay, entropy, seed } = settings;
    const contrast = strategy.contrast ? settings.contrast : 0;
    const training = { epochs, lr, batch, weightDecay, entropy, contrast, seed, onFailure };
    const start = performance.now();
    const history = await train(model, lab, training, {
      ...{ folder: stageFolder(dir, strategy, side), resume, callbacks, ...(signal && { signal }) },
      config: { strategy: strategy.id, settings: decisive, classes: lab.set.classes },
    });
    const seconds = (performance.now() - start) / 1000;
    runs.push({ side, seconds, ...learned(history), test: await tested(model, lab.test, signal) });
  }
  return runs;
}

/** Checkpoints of one stage. */
export const stageFolder = (dir: string, { id }: Pick<Strategy, "id">, side: number): string =>
  join(dir, id, String(side));

/** How well scenes are told apart, with progress. */
export const tested = (
  model: LargeImageClassifier<SamplingPlan>,
  scenes: readonly OpenScene[],
  signal?: AbortSignal,
): Promise<Quality> =>
  withProgress("testing", scenes.length, (to) =>
    qualityOf(model, scenes, (done) => {
      to(done);
      signal?.throwIfAborted();
    }),
  );

function learned(history: History): Pick<StageRun, "curves" | "measured" | "best"> {
  const measured = Object.fromEntries(
    [ACCURACY, FOUND].map((name) => [name, history.epochs.map(({ metrics }) => metrics[name]!)]),
  );
  const accuracy = Math.max(...measured[ACCURACY]!);
  return { curves: curvesOf(history), measured, best: { epoch: 1 + measured[ACCURACY]!.indexOf(accuracy), accuracy } };
}

const curvesOf = ({ steps }: History): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(steps).flatMap(([name, values]) =>
      name.startsWith("loss/") ? [[name.replace("loss/", ""), values]] : [],
    ),
  );
