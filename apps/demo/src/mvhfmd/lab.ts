import { freeze, type ImageEncoder } from "@fovea/nn";
import { imagenetTrunk } from "@fovea/open-datasets";
import { encodeItems } from "../features.js";
import { withProgress } from "../progress.js";
import { testCollections, type TestCollections } from "./evaluate.js";
import type { Settings } from "./settings.js";
import type { Strategy } from "./strategies.js";
import { taskOf, type Task } from "./task.js";
import { buildModel, sideOf, type Side } from "./train-strategy.js";

/** All that the strategies share: the pictures, the frozen trunk and its map of each, and what they are tested on. */
export interface Lab {
  readonly task: Task;
  readonly stem: ImageEncoder;
  readonly train: Side;
  readonly test: Side;
  /** Collections of 1, 2, … views. */
  readonly tests: readonly TestCollections[];
}

/**
 * Reads the pictures, and computes the frozen trunk's map of each once. What cannot be is found out before that: it is
 * the long part. The caller disposes the stem.
 */
export async function prepareLab(
  settings: Settings,
  strategies: readonly Strategy[],
  signal?: AbortSignal,
): Promise<Lab> {
  const { views, collections, seed, stage } = settings;
  const task = await taskOf(settings);
  const tests = Array.from({ length: views }, (_, i) => testCollections(task, i + 1, collections, seed));
  const stem = await imagenetTrunk({ until: stage });
  try {
    freeze(stem);
    for (const strategy of strategies) buildModel(strategy, stem, task, settings).dispose();
    return { task, stem, tests, ...(await encodeBoth(task, stem, stage, signal)) };
  } catch (error) {
    stem.dispose();
    throw error;
  }
}

function encodeBoth({ train, test }: Task, stem: ImageEncoder, stage: string, signal?: AbortSignal) {
  const total = train.items.length + test.items.length;
  return withProgress("features of the trunk", total, async (to) => {
    const learned = await encodeItems(stem, stage, train.items, to, signal);
    const tested = await encodeItems(stem, stage, test.items, (done) => to(train.items.length + done), signal);
    return { train: sideOf(train, learned), test: sideOf(test, tested) };
  });
}
