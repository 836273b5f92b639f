import { byteCache, type TileSource } from "@fovea/data";
import {
  needleSigns,
  pretrainingSigns,
  type NeedleSigns,
  type NeedleSignsConfig,
  type Scene,
} from "@fovea/open-datasets";
import { withProgress } from "../progress.js";
import { distractorsAt, requireSides, type Settings, type Stage } from "./settings.js";

/** A scene that can be read, at once and again. */
export interface OpenScene {
  readonly scene: Scene;
  readonly source: TileSource;
}

/** Scenes of one size. */
export interface Lab {
  readonly set: NeedleSigns;
  readonly train: readonly OpenScene[];
  readonly validation: readonly OpenScene[];
  readonly test: readonly OpenScene[];
  close(): Promise<void>;
}

/** The scenes of a stage. */
export const prepareLab = (settings: Settings, { side, distractors, scenes }: Stage, signal?: AbortSignal) =>
  openScenes({ ...signsOf(settings), side, distractors, scenes: counts(scenes, settings.held) }, signal);

/** @throws RangeError unless there can be scenes of all of these sides; nothing is painted */
export async function requireScenes(settings: Settings, sides: readonly number[]): Promise<void> {
  requireSides(settings);
  for (const side of sides) {
    const distractors = distractorsAt(settings, side);
    await needleSigns({ ...signsOf(settings), side, distractors, scenes: counts(1, 1) });
  }
}

/** Scenes of a side that nothing is learned from. */
export const unseenScenes = (settings: Settings, side: number, signal?: AbortSignal) => {
  const scenes = { train: 1, validation: 1, test: settings.held };
  return openScenes({ ...signsOf(settings), side, distractors: distractorsAt(settings, side), scenes }, signal);
};

/**
 * Small scenes of one sign each, or none, of meanings that are no targets: what the feature network learns from first.
 */
export async function prepareMeanings(settings: Settings, signal?: AbortSignal): Promise<Lab> {
  const { targets, meanings, meaningScenes, signSize } = settings;
  const others = await pretrainingSigns(targets, meanings);
  const side = Math.ceil(2.5 * signSize[1]); // as much around a sign as a patch may have
  const shared = { ...signsOf(settings), targets: others, side, distractors: 0 };
  return openScenes({ ...shared, scenes: counts(meaningScenes, HELD_MEANINGS) }, signal);
}

const HELD_MEANINGS = 164;

const counts = (train: number, held: number) => ({ train, validation: held, test: held });

/** What scenes of any size have in common. Their designs are known, their places are not. */
const signsOf = ({ targets, signSize, seed }: Settings) => ({ targets, signSize, seed, heldOut: "scenes" }) as const;

/** What is painted is kept, up to so many bytes for all scenes of a side. */
const CACHE_BYTES = 3 * 2 ** 30;

/** Paints every scene, once. */
async function openScenes(config: NeedleSignsConfig & { side: number }, signal?: AbortSignal): Promise<Lab> {
  const { side } = config;
  const set = await needleSigns(config);
  const cache = byteCache(CACHE_BYTES);
  const open = (sides: readonly Scene[]) =>
    Promise.all(sides.map(async (scene): Promise<OpenScene> => ({ scene, source: await scene.source({ cache }) })));
  const [train, validation, test] = [await open(set.train), await open(set.validation), await open(set.test)];
  const all = [...train, ...validation, ...test];
  await withProgress(`painting, ${side} × ${side}`, all.length, async (to) => {
    for (const [i, { source }] of all.entries()) {
      signal?.throwIfAborted();
      await source.read({ left: 0, top: 0, width: side, height: side });
      to(i + 1);
    }
  });
  const close = async () => void (await Promise.all(all.map(({ source }) => source.close())));
  return { set, train, validation, test, close };
}

/** Other signs in a large scene, at most. */
const MOST_DISTRACTORS = 400;

/** One scene of another size with a needle, of which none has been seen. */
export async function largeScene(settings: Settings, side: number): Promise<Scene> {
  const distractors = Math.min(MOST_DISTRACTORS, distractorsAt(settings, side));
  const { test } = await needleSigns({
    ...{ ...signsOf(settings), seed: settings.seed + 1, side, distractors },
    scenes: { train: 1, validation: 1, test: 2 },
  });
  return test[1]!; // the first has no needle
}
