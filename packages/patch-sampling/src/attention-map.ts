import { inferenceContext, type LargeImage, type Pixels, type Region } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { logitsOf, probabilitiesOf, tileLogits, type AttentionStage, type TileScore } from "./attention-stage.js";
import type { CellSelector } from "./cell-selector.js";
import type { Draw } from "./draw.js";
import { regionAround } from "./grid.js";
import { readRegion } from "./regions.js";
import { versionOf, type WeightsVersion } from "./weights-version.js";

/** Attention over cells, each of which stands for a region of the image, and the regions that were drawn from it. */
export interface AttentionMap {
  /** The attention network's input, if planned in training: one view with all cells, or one view a cell. Else empty. */
  readonly views: readonly Pixels[];
  /** The probability with which each cell is drawn, row by row. */
  readonly attention: Float32Array;
  /** Cells in a row. */
  readonly columns: number;
  /** Whether `attention` is high where the network's is low: see `contrastAttention`. */
  readonly contrast: boolean;
  /** The cells that were drawn. */
  readonly draw: Draw;
  /** The regions of the drawn cells, in the order of `draw`. */
  readonly regions: readonly Region[];
  /** The weights that the attention network had. */
  readonly weights: WeightsVersion;
}

/** How an attention map is made. */
export interface AttentionMapOptions {
  /** Whether cells are drawn from where attention is low. */
  readonly contrast: boolean;
  /** Whether the views are kept, to compute attention again on the tape. */
  readonly keepViews: boolean;
}

/**
 * An attention map inside each of `areas`, from one view of it: each cell stands for a region of the stage's size
 * around it.
 */
export async function attentionWithin(
  stage: AttentionStage,
  image: LargeImage,
  areas: readonly Region[],
  { contrast, keepViews }: AttentionMapOptions,
  selectorOf: (area: number) => CellSelector,
): Promise<AttentionMap[]> {
  const maps: AttentionMap[] = [];
  const weights = versionOf(stage.network);
  await inChunks(areas, async (chunk, first) => {
    const views = await Promise.all(chunk.map((area) => readRegion(image, area, stage.scale)));
    const logits = logitsOfPixels(stage, views);
    const [, rows, columns] = logits.shape;
    const flat = (all: tf.Tensor) => tf.reshape(all, [chunk.length, -1]);
    const all = await numbersOf(logits, (logits) => probabilitiesOf(flat(logits), stage, contrast));
    for (const [i, over] of chunk.entries()) {
      const attention = all.slice(i * rows * columns, (i + 1) * rows * columns);
      const draw = selectorOf(first + i)(attention);
      const grid = { rows, columns, over };
      const regions = Array.from(draw.indices, (cell) => regionAround(grid, cell, stage.size, stage.placement));
      maps.push({ views: keepViews ? [views[i]!] : [], attention, columns, contrast, draw, regions, weights });
    }
  });
  return maps;
}

/** One attention map over `tiles`: each tile is a cell, scored by the logits in its own view, a few tiles at a time. */
export async function attentionOver(
  stage: AttentionStage & { readonly score: TileScore },
  image: LargeImage,
  tiles: readonly Region[],
  { contrast, keepViews }: AttentionMapOptions,
  select: CellSelector,
): Promise<AttentionMap> {
  const kept: Pixels[] = [];
  const weights = versionOf(stage.network);
  const scores = new Float32Array(tiles.length);
  await inChunks(tiles, async (chunk, first) => {
    const views = await Promise.all(chunk.map((tile) => readRegion(image, tile, stage.scale)));
    scores.set(await numbersOf(logitsOfPixels(stage, views), (logits) => tileLogits(logits, stage.score)), first);
    if (keepViews) kept.push(...views);
  });
  const attention = await numbersOf(tf.tensor1d(scores), (logits) => probabilitiesOf(logits, stage, contrast));
  const draw = select(attention);
  const columns = Math.ceil(image.width / stage.size[1]);
  const regions = Array.from(draw.indices, (i) => tiles[i]!);
  return { views: kept, attention, columns, contrast, draw, regions, weights };
}

/** Views that are in memory together: enough that a call of the network is not all overhead. */
const CHUNK = 32;

async function inChunks(
  regions: readonly Region[],
  task: (chunk: readonly Region[], first: number) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < regions.length; first += CHUNK) await task(regions.slice(first, first + CHUNK), first);
}

const logitsOfPixels = (stage: AttentionStage, views: readonly Pixels[]): tf.Tensor3D =>
  tf.tidy(() => logitsOf(stage, stage.toTensor(views), inferenceContext()));

/** The values of `map(x)`. Disposes `x`. */
async function numbersOf<T extends tf.Tensor>(x: T, map: (x: T) => tf.Tensor): Promise<Float32Array> {
  const numbers = tf.tidy(() => map(x));
  try {
    return (await numbers.data()) as Float32Array;
  } finally {
    tf.dispose([x, numbers]);
  }
}
