import {
  progressiveMaskAttention,
  type EncodedPhrases,
  type PhraseEncoder,
  type PmaStage,
  type ProgressiveMaskAttention,
  type ProgressiveMaskAttentionConfig,
} from "@fovea/bimodal";
import {
  dropout,
  hostTensor,
  inspect,
  joinModules,
  linear,
  matchShapes,
  requireCounts,
  requireOneOf,
  requireRates,
  scope,
  subSeed,
  type Context,
  type HostNumbers,
  type ImageEncoder,
  type Module,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { StartOptions } from "./fine-grained-classifier.js";

/** What `visionPma` is made from. Plain JSON. */
export interface VisionPmaConfig extends Pick<
  ProgressiveMaskAttentionConfig,
  "stages" | "reduction" | "finalDim" | "shareStages" | "visualMask"
> {
  /** The number of classes, at least 2. */
  readonly classes: number;
  /** Length of the vector of the block that a stage chooses. Default: the channels of the encoder's last map. */
  readonly localDim?: number | undefined;
  /** Dropout rate before the classifier. Default 0.5. */
  readonly dropout?: number | undefined;
  /** Seed of the initial weights, those of the encoders excepted. Default 0. */
  readonly seed?: number | undefined;
}

/** What `bimodalPma` is made from. Plain JSON. */
export interface BimodalPmaConfig extends VisionPmaConfig, Pick<ProgressiveMaskAttentionConfig, "textMask"> {
  /**
   * What happens to a sample without text. "error": `forward` throws; "zeros": zeros stand for the features of the
   * text; "learned": a learned vector does. The last two only for models that see such samples in training. Default
   * "error".
   */
  readonly missingText?: "error" | "zeros" | "learned" | undefined;
  /**
   * The probability, in training, that the text of a sample is dropped, so that the model learns to do without. In
   * [0, 1), and only with `missingText` "zeros" or "learned". Default 0.
   */
  readonly textDropout?: number | undefined;
}

/** Classifies images, with or without text, by progressive mask attention. */
export interface PmaClassifier extends Module {
  readonly encoder: ImageEncoder;
  /**
   * @param x - images, or the map of stage `from`, [batch, height, width, channels]
   * @param words - ids of the words of each phrase, [batch, phrase, word], int32, 0 is padding; null: no sample has
   * text. `visionPma` ignores them
   * @returns logits, [batch, classes]
   */
  forward(x: tf.Tensor4D, words: tf.Tensor3D | null, ctx: Context, options?: StartOptions): tf.Tensor2D;
  /**
   * The logits, and what each stage looked at and read. It waits for no value of a tensor and therefore never refuses a
   * sample without text: to it, `missingText: "error"` is "zeros". Check the words where you make the batch.
   */
  outputs(x: tf.Tensor4D, words: tf.Tensor3D | null, ctx: Context, options?: StartOptions): PmaClassifierOutputs;
}

/** The outputs of a `PmaClassifier`; `explainPma` draws the stages. */
export interface PmaClassifierOutputs {
  /** [batch, classes] */
  readonly logits: tf.Tensor2D;
  /** The vector that is classified, before dropout, [batch, dim of the map + stages · finalDim]. */
  readonly features: tf.Tensor2D;
  /** What each stage looked at and read. */
  readonly stages: readonly PmaStage[];
  /** Rows and columns of blocks in the map. */
  readonly grid: readonly [rows: number, columns: number];
  /** Pixels of the image per cell of the map, along each axis; a block is 2 × 2 cells. */
  readonly stride: number;
}

/**
 * Bi-modal PMA: classifies images with the help of phrases about them. The encoder's last map and the phrases meet in
 * `progressiveMaskAttention` of `@fovea/bimodal`, and one linear layer classifies its features:
 *
 *     logits = Linear(dropout([mean of the map ; f¹ ; … ; f^T]))
 *
 * The image encoder keeps the names of its weights; the others are under `phrases.`, `attention.` and `head.`. All
 * parts are taken over: `dispose` disposes them. A student that needs no text is a `fineGrainedClassifier`, trained
 * with the soft labels of this model.
 *
 * With `missingText: "error"`, `forward` waits for the mask of the phrases, to look for samples without text; `outputs`
 * waits for nothing.
 *
 * Ref: Song et al. 2020, "Bi-modal Progressive Mask Attention for Fine-grained Recognition", IEEE TIP 29.
 * @throws RangeError for sizes below 1, and for `textDropout` where text must not be missing; from `forward` for a
 * sample without text, unless `missingText` allows it
 */
export function bimodalPma(encoder: ImageEncoder, phrases: PhraseEncoder, config: BimodalPmaConfig): PmaClassifier {
  const { missingText = "error", textDropout = 0, textMask } = config;
  requireOneOf("bimodalPma", { missingText }, ["error", "zeros", "learned"]);
  requireRates("bimodalPma", { textDropout });
  if (textDropout > 0 && missingText === "error")
    throw new RangeError(
      `bimodalPma: expected \`textDropout\` of 0, since \`missingText\` is "error", got ${textDropout}; ` +
        'use `missingText: "zeros"` or "learned".',
    );
  const attention = { textMask, textDim: phrases.dim, missingText: missingText === "learned" ? missingText : "zeros" };
  const run = classifierOf("bimodalPma", encoder, config, attention as TextConfig);
  const encode = (x: tf.Tensor4D, words: tf.Tensor3D | null, ctx: Context) => {
    if (words) matchShapes("bimodalPma", { x: "batch ...", words: "batch phrase word" }, { x, words });
    return words && words.size > 0 ? phrases.forward(words, scope(ctx, "phrases")) : null;
  };
  return {
    ...joinModules({ ...run.parts, phrases }),
    encoder,
    outputs: (x, words, ctx, options) =>
      tidied(() => run.outputs(x, dropText(encode(x, words, ctx), textDropout, ctx), ctx, options)),
    forward: (x, words, ctx, options) =>
      tf.tidy(() => {
        const encoded = encode(x, words, ctx);
        if (missingText === "error") requireText(encoded);
        return run.outputs(x, dropText(encoded, textDropout, ctx), ctx, options).logits;
      }),
  };
}

/**
 * Vision-only PMA: `bimodalPma` without the half that reads phrases. It ignores words, so that it can stand where a
 * bi-modal model does. Weights as there, without `phrases.`.
 *
 * Ref: Song et al. 2020, "Bi-modal Progressive Mask Attention for Fine-grained Recognition", IEEE TIP 29.
 * @throws RangeError for sizes below 1
 */
export function visionPma(encoder: ImageEncoder, config: VisionPmaConfig): PmaClassifier {
  const run = classifierOf("visionPma", encoder, config, {});
  return {
    ...joinModules(run.parts),
    encoder,
    outputs: (x, _, ctx, options) => tidied(() => run.outputs(x, null, ctx, options)),
    forward: (x, _, ctx, options) => tf.tidy(() => run.outputs(x, null, ctx, options).logits),
  };
}

type TextConfig = Pick<Parameters<typeof progressiveMaskAttention>[0], "textDim" | "textMask" | "missingText">;

interface Classifier {
  readonly parts: Readonly<Record<string, Module>>;
  outputs(x: tf.Tensor4D, phrases: EncodedPhrases | null, ctx: Context, options?: StartOptions): PmaClassifierOutputs;
}

/** What both models have in common: from images and encoded phrases to logits. */
function classifierOf(who: string, encoder: ImageEncoder, config: VisionPmaConfig, text: TextConfig): Classifier {
  const { classes, stages, reduction, localDim, finalDim, shareStages, visualMask } = config;
  const { dropout: rate = 0.5, seed = 0 } = config;
  requireCounts(who, { classes }, 2);
  requireRates(who, { dropout: rate });
  const attention: ProgressiveMaskAttention = progressiveMaskAttention({
    ...{ visualDim: encoder.dim, stages, reduction, localDim, finalDim, shareStages, visualMask },
    ...{ ...text, seed: subSeed(seed, "attention") },
  });
  const drop = dropout({ rate });
  const head = linear({ in: attention.dim, out: classes, seed: subSeed(seed, "head") });
  return {
    parts: { "": encoder, attention, head },
    outputs(x, phrases, ctx, options = {}) {
      const map = encoder.maps(x, ctx, options)[0]!;
      const { features, stages } = attention.forward(map, phrases, scope(ctx, "attention"));
      const logits = head.forward(drop.forward(features, scope(ctx, "head")), ctx) as tf.Tensor2D;
      const grid = [Math.floor(map.shape[1] / 2), Math.floor(map.shape[2] / 2)] as const;
      return { logits, features, stages, grid, stride: encoder.stages.at(-1)!.stride };
    },
  };
}

/** `tf.tidy`, whose type knows no interfaces. */
const tidied = (f: () => PmaClassifierOutputs): PmaClassifierOutputs =>
  tf.tidy(f as unknown as () => tf.TensorContainer) as unknown as PmaClassifierOutputs;

/** In training, takes all phrases from a sample with probability `rate`. */
function dropText(phrases: EncodedPhrases | null, rate: number, ctx: Context): EncodedPhrases | null {
  if (!phrases || !ctx.training || rate === 0) return phrases;
  const { vectors, mask } = phrases;
  const [batch] = mask.shape;
  const { rng } = scope(ctx, "textDropout");
  const kept = hostTensor([batch, 1], () => rng.uniform(batch).map((draw) => (draw < rate ? 0 : 1)));
  return { vectors, mask: tf.mul(mask, kept) };
}

/** Refuses a sample without a phrase. It waits for the mask. */
function requireText(phrases: EncodedPhrases | null): void {
  if (phrases) inspect(tf.sum(phrases.mask, 1), requireCounted);
  else requireCounted(Float32Array.of(0));
}

function requireCounted(phrases: HostNumbers): void {
  const missing = phrases.findIndex((count) => count === 0);
  if (missing < 0) return;
  throw new RangeError(
    `bimodalPma: expected at least one phrase for each sample, got none for sample ${missing}. For images without text ` +
      "there are the student (`fineGrainedClassifier`, trained with the soft labels of this model), the model without " +
      'text (`visionPma`), and `missingText: "zeros"` or "learned" for a model that is trained so.',
  );
}
