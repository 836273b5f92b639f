import { inferenceContext, type Context, type Rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { attentionOf, awayFrom } from "./attention.js";
import { drawWithoutReplacement, drawWithReplacement, takeAll, takeLargest, type Draw } from "./draw.js";
import { regionAround, type Placement } from "./grid.js";
import type { AttentionNetwork, Picture, PixelBlock, Region, ToTensor } from "./picture.js";

/** How cells are chosen. `sample`: at random, unbiased. `topk`: the most probable ones, always the same. `exact`: all. */
export type Mode = "sample" | "topk" | "exact";

export interface PlanOptions {
  /** Default `sample` in training, `topk` else. */
  readonly mode?: Mode;
  /** Patches of a picture. Default: the sampler's. */
  readonly samples?: number;
  /** Where chance comes from. Default: the context's `rng`, which only training has. */
  readonly rng?: Rng;
  /** Look where attention is not: see `awayFrom`. Default false. */
  readonly contrast?: boolean;
}

/** Attention over some regions, and those of them that were chosen. */
export interface Glance {
  /** What the attention network was given: one view of everything, or one a region; these are kept in training only. */
  readonly views: readonly PixelBlock[];
  /** Probability of each region, as it was drawn from. */
  readonly attention: Float32Array;
  /** Whether it is that of looking away. */
  readonly contrast: boolean;
  readonly draw: Draw;
  /** The chosen regions, in the order of `draw`. */
  readonly regions: readonly Region[];
}

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
}

/** What is chosen from attention. */
export type Choice = (attention: ArrayLike<number>) => Draw;

/** A glance at one view of `over`: attention has cells, and each stands for a region of the eye's size around it. */
export async function glanceAt(
  eye: Eye,
  picture: Picture,
  over: Region,
  contrast: boolean,
  choose: Choice,
): Promise<Glance> {
  const view = await picture.read(over, eye.scale);
  const logits = tf.tidy(() => eye.network.forward(eye.toTensor([view]), inferenceContext()));
  const [, rows, columns] = logits.shape;
  const attention = await numbersOf(logits, eye, contrast);
  const draw = choose(attention);
  const regions = Array.from(draw.indices, (i) => regionAround({ rows, columns, over }, i, eye.size, eye.placement));
  return { views: [view], attention, contrast, draw, regions };
}

/** A glance at a view of each of `tiles`, one after another: attention is over the tiles, each scored by the mean of its cells. */
export async function glanceOver(
  eye: Eye,
  picture: Picture,
  tiles: readonly Region[],
  { contrast, keep }: { readonly contrast: boolean; readonly keep: boolean },
  choose: Choice,
): Promise<Glance> {
  const views: PixelBlock[] = [];
  const scores: tf.Tensor[] = [];
  try {
    for (const tile of tiles) {
      const view = await picture.read(tile, eye.scale);
      scores.push(tf.tidy(() => meanOfCells(eye.network.forward(eye.toTensor([view]), inferenceContext()))));
      if (keep) views.push(view);
    }
    const attention = await numbersOf(tf.concat(scores), eye, contrast);
    const draw = choose(attention);
    return { views, attention, contrast, draw, regions: Array.from(draw.indices, (i) => tiles[i]!) };
  } finally {
    tf.dispose(scores);
  }
}

/** The attention of a glance on the tape, in training; else what it was, as a constant. [regions] */
export function attentionAgain(eye: Eye, { views, attention, contrast }: Glance, ctx: Context): tf.Tensor1D {
  if (!ctx.training) return tf.tensor1d(attention);
  return tf.tidy(() => {
    const logits = eye.network.forward(eye.toTensor(views), ctx);
    return looked(logits.shape[0] === 1 && attention.length > 1 ? logits : meanOfCells(logits), eye, contrast);
  });
}

const meanOfCells = (logits: tf.Tensor3D): tf.Tensor1D => tf.mean(logits, [1, 2]);

const looked = (logits: tf.Tensor, { smoothing }: Eye, contrast: boolean): tf.Tensor1D => {
  const p = attentionOf(logits, smoothing);
  return contrast ? awayFrom(p) : p;
};

/** Disposes the logits. */
async function numbersOf(logits: tf.Tensor, eye: Eye, contrast: boolean): Promise<Float32Array> {
  const attention = tf.tidy(() => looked(logits, eye, contrast));
  try {
    return (await attention.data()) as Float32Array;
  } finally {
    tf.dispose([logits, attention]);
  }
}

/** How cells are chosen, where the options do not say: at random in training. */
export const modeOf = ({ mode }: PlanOptions, ctx: Context): Mode => mode ?? (ctx.training ? "sample" : "topk");

/** What the options say, or the context. */
export function choiceOf(count: number, options: PlanOptions, ctx: Context, replacement: boolean): Choice {
  const chosen = modeOf(options, ctx);
  if (chosen === "exact") return takeAll;
  if (chosen === "topk") return (p) => takeLargest(p, count);
  const draw = replacement ? drawWithReplacement : drawWithoutReplacement;
  return (p) => draw(p, count, options.rng ?? ctx.rng);
}
