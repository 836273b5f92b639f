import { byteCache, cached, type ImageSet } from "@fovea/data";
import { freeze } from "@fovea/nn";
import { imagenetTrunk } from "@fovea/open-datasets";
import { encodeItems, type FeatureTable } from "../features.js";
import { withProgress } from "../progress.js";
import type { Side } from "./batches.js";
import type { Settings } from "./settings.js";
import { FROZEN_STAGE, type Strategy } from "./strategies.js";
import { taskOf, type Task } from "./task.js";

/** The pictures of a task, each rendered once, and what the frozen part of the trunk makes of them. */
export interface Lab {
  readonly task: Task;
  /** As the strategy takes them. The first that is pretrained waits for the trunk. */
  sides(strategy: Pick<Strategy, "pretrained">): Promise<Sides>;
}

export interface Sides {
  readonly train: Side;
  readonly validation: Side;
  readonly test: Side;
}

/** Renders every picture. The frozen maps are computed when they are first asked for, and once. */
export async function prepareLab(settings: Settings, signal?: AbortSignal): Promise<Lab> {
  const cache = byteCache(Infinity);
  const made = await taskOf(settings);
  const [train, validation, test] = [made.train, made.validation, made.test].map((set) => cached(set, cache));
  const task = { ...made, train: train!, validation: validation!, test: test! };
  const sets = [task.train, task.validation, task.test];
  await render(sets, signal);
  let maps: FeatureTable[] | undefined;
  const sides: Lab["sides"] = async ({ pretrained }) => {
    if (pretrained) maps ??= await encode(sets, signal);
    const [train, validation, test] = sets.map((set, i) => ({ set, features: pretrained ? maps![i]! : null }));
    return { train: train!, validation: validation!, test: test! };
  };
  return { task, sides };
}

const countOf = (sets: readonly ImageSet[]) => sets.reduce((sum, { items }) => sum + items.length, 0);

function render(sets: readonly ImageSet[], signal?: AbortSignal): Promise<void> {
  return withProgress("pictures", countOf(sets), async (to) => {
    for (const [i, item] of sets.flatMap(({ items }) => items).entries()) {
      await item.load();
      to(i + 1);
      signal?.throwIfAborted();
    }
  });
}

async function encode(sets: readonly ImageSet[], signal?: AbortSignal): Promise<FeatureTable[]> {
  const trunk = await imagenetTrunk({ until: FROZEN_STAGE });
  try {
    freeze(trunk);
    return await withProgress("maps of the frozen trunk", countOf(sets), async (to) => {
      const tables: FeatureTable[] = [];
      for (const [i, { items }] of sets.entries()) {
        const before = countOf(sets.slice(0, i));
        tables.push(await encodeItems(trunk, FROZEN_STAGE, items, (done) => to(before + done), signal));
      }
      return tables;
    });
  } finally {
    trunk.dispose();
  }
}
