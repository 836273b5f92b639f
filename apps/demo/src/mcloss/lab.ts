import { byteCache, cached, type ImageSet } from "@fovea/data";
import { freeze } from "@fovea/nn";
import { imagenetTrunk } from "@fovea/open-sets";
import { encodeItems } from "../features.js";
import { withProgress } from "../progress.js";
import type { Side } from "./batches.js";
import type { Settings } from "./settings.js";
import { FROZEN_STAGE, type Strategy } from "./strategies.js";
import { taskOf, type Task } from "./task.js";

/** The pictures of a task, each rendered once, and what the frozen part of the trunk makes of them. */
export interface Lab {
  readonly task: Task;
  /** Of the side `of`, as the strategy takes it. */
  side(strategy: Strategy, of: SideName): Side;
}

type SideName = "train" | "validation" | "test";

const SIDES = ["train", "validation", "test"] as const;

/** Renders every picture, and computes the frozen maps if a strategy is pretrained. */
export async function prepareLab(
  settings: Settings,
  strategies: readonly Pick<Strategy, "pretrained">[],
  signal?: AbortSignal,
): Promise<Lab> {
  const made = await taskOf(settings);
  const cache = byteCache(Infinity);
  const task = Object.assign({}, made, ...SIDES.map((side) => ({ [side]: cached(made[side], cache) }))) as Task;
  const sets = SIDES.map((side) => task[side]);
  await render(sets, signal);
  const maps = strategies.some(({ pretrained }) => pretrained) ? await encode(sets, signal) : null;
  return {
    task,
    side: ({ pretrained }, of) => ({ set: task[of], features: pretrained ? maps![SIDES.indexOf(of)]! : null }),
  };
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

async function encode(sets: readonly ImageSet[], signal?: AbortSignal) {
  const trunk = await imagenetTrunk({ until: FROZEN_STAGE });
  try {
    freeze(trunk);
    return await withProgress("maps of the frozen trunk", countOf(sets), async (to) => {
      const tables = [];
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
