import type { LargeImage } from "@fovea/nn";
import { stat } from "node:fs/promises";
import { byteCache, tiledImage, type TileSource } from "@fovea/data";
import type { LargeImageClassifier, LargeImagePrediction } from "@fovea/models";
import type { Scene } from "@fovea/open-datasets";
import type { SamplingPlan } from "@fovea/patch-sampling";
import sharp from "sharp";
import { withProgress } from "../progress.js";
import type { Settings } from "./settings.js";
import type { Strategy } from "./strategies.js";

/** Of tiles that are kept in memory; also what a picture may take that is no tiled one, and decoded as a whole. */
const CACHE_BYTES = 2 ** 29;

/** Writes a scene as a tiled BigTIFF, showing how much of it is painted. @returns its bytes */
export async function writeScene(scene: Scene, path: string, signal?: AbortSignal): Promise<number> {
  const { width, height } = scene;
  await withProgress(`writing ${width} × ${height}`, height, async (to) => {
    await scene.write(path, { signal, onRows: (rows) => to(Math.min(rows, height - 1)) });
    to(height);
  });
  return (await stat(path)).size;
}

/**
 * A picture file, of which little is kept in memory: its tiles in a cache of ours, and nothing by libvips, whose own
 * would grow for hundreds of reads.
 */
export function openLarge(path: string): Promise<TileSource> {
  sharp.cache(false);
  return tiledImage(path, { cache: byteCache(CACHE_BYTES) });
}

/**
 * Classifies a picture, showing how much of the views that it takes, one of each tile if in two stages, has been read.
 */
export async function predictLarge(
  model: LargeImageClassifier<SamplingPlan>,
  { width, height, ...picture }: LargeImage,
  strategy: Strategy,
  settings: Settings,
): Promise<LargeImagePrediction> {
  const { tile, samples } = settings;
  const tiles = Math.ceil(width / tile) * Math.ceil(height / tile);
  const most = strategy.whole(settings) === null ? tiles + 2 * samples : 1 + samples;
  return withProgress(`looking, ${width} × ${height}`, most, async (to) => {
    let reads = 0;
    const counted: LargeImage = {
      width,
      height,
      async read(region, scale) {
        const pixels = await picture.read(region, scale);
        if (++reads < most) to(reads);
        return pixels;
      },
    };
    const prediction = await model.predict(counted);
    to(most);
    return prediction;
  });
}

/** Pixels of a view that is looked at at once. */
const MOST_PIXELS = 2 ** 23;

/** Whether what a strategy looks at at once is small enough. */
export function fits({ width, height }: Pick<LargeImage, "width" | "height">, strategy: Strategy, settings: Settings) {
  const pixel = strategy.whole(settings);
  return pixel === null || (width / pixel) * (height / pixel) <= MOST_PIXELS;
}

/** Most memory that the process has had. */
export const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
