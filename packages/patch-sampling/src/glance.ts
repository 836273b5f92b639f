import { inferenceContext, matchShapes, type Context, type Rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { attentionOf, awayFrom } from "./attention.js";
import { drawWithoutReplacement, drawWithReplacement, takeAll, takeLargest, type Draw } from "./draw.js";
import { requireOneOf } from "./checks.js";
import { regionAround, type Placement } from "./grid.js";
import { groupsOf, sizeOf } from "./groups.js";
import {
  readBlock,
  type AttentionNetwork,
  type Picture,
  type PixelBlock,
  type Region,
  type ToTensor,
} from "./picture.js";

/**
 * How cells are chosen. `sample`: at random, unbiased. `topk`: the most probable ones, always the same. `exact`: all.
 */
export type Mode = "sample" | "topk" | "exact";

export interface PlanOptions {
  /** Default `sample` in training, `topk` else. */
  readonly mode?: Mode;
  /** Patches of a picture. Default: the sampler's. */
  readonly samples?: number;
  /**
   * Where chance comes from, another for every picture, else all pictures have the same luck. Default: the context's,
   * in training.
   */
  readonly rng?: Rng;
  /** Look where attention is not: see `awayFrom`. Default false. */
  readonly contrast?: boolean;
}

/** Attention over some regions, and those of them that were chosen. */
export interface Glance {
  /** What the attention network was given, in training: one view of everything, or one a region. Else none are kept. */
  readonly views: readonly PixelBlock[];
  /** Probability of each region, as it was drawn from, row by row. */
  readonly attention: Float32Array;
  /** Regions in a row. */
  readonly columns: number;
  /** Whether it is that of looking away. */
  readonly contrast: boolean;
  readonly draw: Draw;
  /** The chosen regions, in the order of `draw`. */
  readonly regions: readonly Region[];
}

/** How the cells of a view of a tile say how much the tile is worth. */
export type TileScore = "sum" | "mean";

/** Who glances. */
export interface Eye {
  readonly network: AttentionNetwork;
  readonly toTensor: ToTensor;
  /** Of the views. */
  readonly scale: number;
  /** Of the regions, in pixels at full resolution. */
  readonly size: readonly [height: number, width: number];
  readonly placement: Placement;
  readonly smoothing: number;
  readonly score: TileScore;
}

/** What is chosen from attention. */
export type Choice = (attention: ArrayLike<number>) => Draw;

/** How a glance is made. */
export interface Glancing {
  readonly contrast: boolean;
  /** Whether the views are kept, to learn from. */
  readonly keep: boolean;
}

/**
 * A glance at one view of each of `areas`: attention has cells, and each stands for a region of the eye's size around
 * it.
 */
export async function glancesAt(
  eye: Eye,
  picture: Picture,
  areas: readonly Region[],
  { contrast, keep }: Glancing,
  choose: (area: number) => Choice,
): Promise<Glance[]> {
  const glances: Glance[] = [];
  await atOnce(areas, async (some, first) => {
    const views = await Promise.all(some.map((area) => readBlock(picture, area, eye.scale)));
    const logits = logitsOf(eye, views, inferenceContext());
    const [, rows, columns] = logits.shape;
    const attention = await numbersOf(logits, (all) => looked(tf.reshape(all, [some.length, -1]), eye, contrast));
    for (const [i, over] of some.entries()) {
      const own = attention.slice(i * rows * columns, (i + 1) * rows * columns);
      const draw = choose(first + i)(own);
      const grid = { rows, columns, over };
      const regions = Array.from(draw.indices, (cell) => regionAround(grid, cell, eye.size, eye.placement));
      glances.push({ views: keep ? [views[i]!] : [], attention: own, columns, contrast, draw, regions });
    }
  });
  return glances;
}

/** A glance at a view of each of `tiles`, a few at a time: attention is over the tiles, each scored by its cells. */
export async function glanceOver(
  eye: Eye,
  picture: Picture,
  tiles: readonly Region[],
  { contrast, keep }: Glancing,
  choose: Choice,
): Promise<Glance> {
  const kept: PixelBlock[] = [];
  const scores = new Float32Array(tiles.length);
  await atOnce(tiles, async (some, first) => {
    const views = await Promise.all(some.map((tile) => readBlock(picture, tile, eye.scale)));
    const logits = logitsOf(eye, views, inferenceContext());
    scores.set(await numbersOf(logits, (each) => scoresOf(each, eye)), first);
    if (keep) kept.push(...views);
  });
  const attention = await numbersOf(tf.tensor1d(scores), (all) => looked(all, eye, contrast));
  const draw = choose(attention);
  const columns = Math.ceil(picture.width / eye.size[1]);
  const regions = Array.from(draw.indices, (i) => tiles[i]!);
  return { views: kept, attention, columns, contrast, draw, regions };
}

/** Views that are in memory together: enough that a call of the network is not all overhead. */
const TOGETHER = 32;

async function atOnce(
  regions: readonly Region[],
  look: (some: readonly Region[], first: number) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < regions.length; first += TOGETHER)
    await look(regions.slice(first, first + TOGETHER), first);
}

/** The attention of glances, one after another. */
export interface Attended {
  /** [cells of all glances] */
  readonly attention: tf.Tensor1D;
  /** Where that of each glance begins. */
  readonly starts: readonly number[];
}

/**
 * The attention of glances on the tape, in training; else what it was, as a constant. Views of one size go through the
 * network together, whosever they are.
 *
 * @throws RangeError in training, for glances without views
 */
export function attentionAgain(eye: Eye, glances: readonly Glance[], ctx: Context): Attended {
  if (ctx.training && glances.some(({ views }) => views.length === 0))
    throw new RangeError("estimate: a plan to learn from must have been made in training; this one has kept no views.");
  const sized = ctx.training
    ? groupsOf([...glances.keys()], (i) => sizeOf(glances[i]!.views[0]!))
    : [[...glances.keys()]];
  const groups = sized.map((places) => groupsOf(places, (i) => kindOf(glances[i]!)));
  const starts: number[] = [];
  let cells = 0;
  for (const i of groups.flat(2)) {
    starts[i] = cells;
    cells += glances[i]!.attention.length;
  }
  const attention = tf.tidy(() =>
    tf.concat(
      groups.flatMap((alike) => {
        const own = alike.map((places) => places.map((i) => glances[i]!));
        return ctx.training ? lookedAgain(eye, own, ctx) : own.flat().map((glance) => tf.tensor1d(glance.attention));
      }),
    ),
  );
  return { attention, starts };
}

/** What the attention of glances must have in common to be computed together, beside the size of their views. */
const kindOf = ({ views, contrast }: Glance): string => `${views.length} ${contrast}`;

/**
 * @param groups - of glances with views of one size, those with as many views together @returns the attention of each
 *   group, [cells]
 */
function lookedAgain(eye: Eye, groups: readonly (readonly Glance[])[], ctx: Context): tf.Tensor1D[] {
  const views = groups.flat().flatMap(({ views }) => views);
  const logits = logitsOf(eye, views, ctx);
  let first = 0;
  return groups.map((glances) => {
    const [{ views, attention, contrast }] = glances as readonly [Glance];
    const own = tf.slice(logits, first, glances.length * views.length);
    first += glances.length * views.length;
    const each = views.length < attention.length ? own : scoresOf(own, eye); // one view with cells, or one a region
    return tf.reshape<tf.Rank.R1>(looked(tf.reshape(each, [glances.length, -1]), eye, contrast), [-1]);
  });
}

/** Of views of one size, [views, rows, columns]. */
const logitsOf = ({ network, toTensor }: Eye, views: readonly PixelBlock[], ctx: Context): tf.Tensor3D =>
  tf.tidy(() => {
    const logits = network.forward(toTensor(views), ctx);
    matchShapes("attention network", { logits: `${views.length} rows columns` }, { logits });
    return logits;
  });

/** One a tile. @param logits - [tiles, rows, columns] */
const scoresOf = (logits: tf.Tensor, { score }: Eye): tf.Tensor1D =>
  score === "mean" ? tf.mean(logits, [1, 2]) : tf.logSumExp(logits, [1, 2]);

/** @param logits - [..., cells] */
const looked = <T extends tf.Tensor>(logits: T, { smoothing }: Eye, contrast: boolean): T => {
  const p = attentionOf(logits, smoothing);
  return contrast ? awayFrom(p) : p;
};

/** Disposes what it is given. */
async function numbersOf<T extends tf.Tensor>(x: T, what: (x: T) => tf.Tensor): Promise<Float32Array> {
  const numbers = tf.tidy(() => what(x));
  try {
    return (await numbers.data()) as Float32Array;
  } finally {
    tf.dispose([x, numbers]);
  }
}

/** How cells are chosen, where the options do not say: at random in training. @throws RangeError for an unknown mode */
export function modeOf(options: PlanOptions, ctx: Context): Mode {
  const { mode = ctx.training ? "sample" : "topk" } = options;
  requireOneOf("plan", { mode }, ["sample", "topk", "exact"]);
  return mode;
}

/** Where chance comes from. @throws RangeError where there is none */
export function chanceOf({ rng }: PlanOptions, ctx: Context): Rng {
  if (!rng && !ctx.training) throw new RangeError("plan: mode `sample` needs `rng`, except in training; got none.");
  return rng ?? ctx.rng;
}

/** What the options say, or the context. */
export function choiceOf(count: number, options: PlanOptions, ctx: Context, replacement: boolean): Choice {
  const chosen = modeOf(options, ctx);
  if (chosen === "exact") return takeAll;
  if (chosen === "topk") return (p) => takeLargest(p, count);
  const draw = replacement ? drawWithReplacement : drawWithoutReplacement;
  const chance = chanceOf(options, ctx);
  return (p) => draw(p, count, chance);
}
