import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { byteCache, type Box, type TileSource } from "@fovea/data";
import { withProgress, type Done } from "@fovea/experiment";
import {
  needleSigns,
  pretrainingSigns,
  type NeedleSigns,
  type NeedleSignsConfig,
  type Scene,
} from "@fovea/open-datasets";
import type { Splits } from "../own-splits.js";
import type { Settings } from "./settings.js";

/** An image that can be read at any place, at once and again, with its class. */
export interface LabeledImage {
  readonly id: string;
  readonly label: number;
  /** Where what decides the class is; null where nobody knows. */
  readonly boxes: readonly Box[] | null;
  readonly source: TileSource;
}

/** Images by split. */
export interface Images extends Splits<readonly LabeledImage[]> {
  readonly classes: readonly string[];
  close(): Promise<void>;
}

/** Scenes of one of `sizes`, or, with none to learn from, of another size. */
export const scenesOf = (settings: Settings, size: number, signal?: AbortSignal): Promise<Images> =>
  painted(configOf(settings, size), signal);

function configOf(settings: Settings, size: number): NeedleSignsConfig & { side: number } {
  const { sizes, scenes, laterScenes, heldOut } = settings;
  const validation = sizes.includes(size) ? heldOut : 1;
  const train = sizes[0] === size ? scenes : sizes.includes(size) ? laterScenes : 1;
  const counts = { train, validation, test: heldOut };
  return { ...signsOf(settings), side: size, distractors: distractorsAt(settings, size), scenes: counts };
}

/** How many other signs a scene has: as many a pixel as scenes of the first size. */
const distractorsAt = ({ distractors, sizes }: Settings, size: number): number =>
  Math.round(distractors * (size / sizes[0]!) ** 2);

/**
 * The scenes of a size, none of them painted.
 *
 * @throws RangeError unless there can be such scenes
 */
export const unpaintedScenes = (settings: Settings, size: number): Promise<NeedleSigns> => needleSigns(configOf(settings, size)); // prettier-ignore

/** Small scenes of one sign each, or none, of classes that are no targets. */
export async function pretrainingScenes(settings: Settings, signal?: AbortSignal): Promise<Images> {
  const { targets, pretrainClasses, pretrainScenes: train, signSize } = settings;
  const side = Math.ceil(2.5 * signSize[1]); // as much around a sign as a patch may have
  const scenes = { train, validation: PRETRAINING_HELD_OUT, test: PRETRAINING_HELD_OUT };
  const others = await pretrainingSigns(targets, pretrainClasses);
  return painted({ ...signsOf(settings), targets: others, side, distractors: 0, scenes }, signal);
}

const PRETRAINING_HELD_OUT = 164;

/** What scenes of any size have in common. Their designs are known, their places are not. */
const signsOf = ({ targets, signSize, seed }: Settings) => ({ targets, signSize, seed, heldOut: "scenes" }) as const;

/** What is painted is kept, up to so many bytes for all scenes of a size. */
const SCENE_BYTES = 3 * 2 ** 30;

/** Paints every scene, once. */
async function painted(config: NeedleSignsConfig & { side: number }, signal?: AbortSignal): Promise<Images> {
  const { side } = config;
  const set = await needleSigns(config);
  const cache = byteCache(SCENE_BYTES);
  const open = (scenes: readonly Scene[]) => Promise.all(scenes.map(async (scene): Promise<LabeledImage> => ({ id: scene.id, label: scene.label, boxes: scene.targets, source: await scene.source({ cache }) }))); // prettier-ignore
  const [train, validation, test] = [await open(set.train), await open(set.validation), await open(set.test)];
  const all = [...train, ...validation, ...test];
  const paint = async (to: Done) => {
    for (const { source } of all) {
      await source.read({ left: 0, top: 0, width: side, height: side });
      to();
    }
  };
  await withProgress(`painting, ${side} × ${side}`, all.length, paint, { signal });
  return { classes: set.classes, train, validation, test, close: () => closed(all) };
}

export const closed = async (images: readonly Pick<LabeledImage, "source">[]): Promise<void> =>
  void (await Promise.all(images.map(({ source }) => source.close())));

/** A scene that is a file. */
export interface LargeScene {
  readonly scene: Scene;
  readonly path: string;
  readonly fileBytes: number;
}

/** Other signs in the large scene, at most. */
const MOST_DISTRACTORS = 400;

/**
 * Writes a scene of another size, with a sign of a class, as a tiled BigTIFF below a folder, where each seed has its
 * own.
 */
export async function writeLargeScene(settings: Settings, out: string, signal?: AbortSignal): Promise<LargeScene> {
  const { large: side, seed } = settings;
  const path = join(out, `seed-${seed}`, `scene-${side}.tif`);
  await mkdir(dirname(path), { recursive: true });
  const distractors = Math.min(MOST_DISTRACTORS, distractorsAt(settings, side));
  const scenes = { train: 1, validation: 1, test: 2 };
  const { test } = await needleSigns({ ...signsOf(settings), seed: seed + 1, side, distractors, scenes });
  const scene = test[1]!; // the first has no sign
  await withProgress(`writing ${side} × ${side}`, side, async (to) => {
    await scene.write(path, { signal, onRows: (rows) => to(Math.min(rows, side - 1)) });
    to(side);
  });
  return { scene, path, fileBytes: (await stat(path)).size };
}
