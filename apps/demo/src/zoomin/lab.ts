import { byteCache, type TileSource } from "@fovea/data";
import { needleSigns, type NeedleSigns, type Scene } from "@fovea/open-sets";
import { withProgress } from "../progress.js";
import type { Settings } from "./settings.js";

/** A scene that can be read, at once and again. */
export interface OpenScene {
  readonly scene: Scene;
  readonly source: TileSource;
}

/** The scenes of a run. */
export interface Lab {
  readonly set: NeedleSigns;
  readonly train: readonly OpenScene[];
  readonly validation: readonly OpenScene[];
  readonly test: readonly OpenScene[];
  close(): Promise<void>;
}

/** What is painted is kept, up to so many bytes for all scenes together. */
const CACHE_BYTES = 2 ** 30;

/** The small scenes, painted once where they are read. */
export async function prepareLab(settings: Settings, signal?: AbortSignal): Promise<Lab> {
  const { scenes, side, distractors } = settings;
  const set = await needleSigns({ ...signsOf(settings), side, distractors, scenes: countsOf(scenes) });
  const cache = byteCache(CACHE_BYTES);
  const open = (sides: readonly Scene[]) =>
    Promise.all(sides.map(async (scene): Promise<OpenScene> => ({ scene, source: await scene.source({ cache }) })));
  const [train, validation, test] = [await open(set.train), await open(set.validation), await open(set.test)];
  const all = [...train, ...validation, ...test];
  await withProgress("painting scenes", all.length, async (to) => {
    for (const [i, { source }] of all.entries()) {
      signal?.throwIfAborted();
      await source.read({ left: 0, top: 0, width: side, height: side });
      to(i + 1);
    }
  });
  const close = async () => void (await Promise.all(all.map(({ source }) => source.close())));
  return { set, train, validation, test, close };
}

const countsOf = (train: number) => {
  const quarter = Math.ceil(train / 4);
  return { train, validation: quarter, test: quarter };
};

/** What scenes of any size have in common. Their designs are known, their places are not. */
const signsOf = ({ targets, signSize, seed }: Settings) => ({ targets, signSize, seed, heldOut: "scenes" }) as const;

/** Other signs in a large scene, at most; there are as many a pixel as in the small ones, up to this. */
const MOST_DISTRACTORS = 400;

/** One scene of another size with a needle, of which none has been seen. */
export async function largeScene(settings: Settings, side: number): Promise<Scene> {
  const distractors = Math.min(MOST_DISTRACTORS, Math.round(settings.distractors * (side / settings.side) ** 2));
  const { test } = await needleSigns({
    ...{ ...signsOf(settings), seed: settings.seed + 1, side, distractors },
    scenes: { train: 1, validation: 1, test: 2 },
  });
  return test[1]!; // the first has no needle
}
