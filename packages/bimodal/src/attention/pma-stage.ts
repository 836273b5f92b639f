import type { Context } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { EncodedPhrases } from "../phrase-encoder.js";
import type { ImageBlocks } from "./image-blocks.js";
import type { ResolvedPma } from "./pma-config.js";
import type { StageParts } from "./pma-layers.js";
import { strikeBlock } from "./strike-block.js";
import { textStage } from "./text-stage.js";
import { visualStage } from "./visual-stage.js";

/** What one stage looked at and read. The tensors of phrases are null in a module without text. */
export interface PmaStage {
  /** The attention of each block, row by row, [batch, blocks]. */
  readonly alpha: tf.Tensor2D;
  /** The block that the stage chose, the one of largest α, [batch], int32. */
  readonly block: tf.Tensor1D;
  /** The blocks that the stage could choose, [batch, blocks]: 1, and 0 for those that stages before it chose. */
  readonly availableBlocks: tf.Tensor2D;
  /** The weight of each phrase in the local stream, [batch, phrase]. */
  readonly beta: tf.Tensor2D | null;
  /** The weight of each phrase in the global stream, [batch, phrase]. */
  readonly gamma: tf.Tensor2D | null;
  /** The phrases of the local stream, [batch, phrase]: 1, and 0 for padding and those that were struck out. */
  readonly availableLocal: tf.Tensor2D | null;
  /** The phrases of the global stream: those of the local one without those that this stage strikes out. */
  readonly availableGlobal: tf.Tensor2D | null;
}

/** What a stage is given: the image, the phrases, and what earlier stages left of both. */
export interface StageInputs {
  readonly blocks: ImageBlocks;
  /** Finite also where their mask is 0; null without text. */
  readonly phrases: EncodedPhrases | null;
  /** [batch, blocks], 1 where a block may be used. */
  readonly availableBlocks: tf.Tensor2D;
  /** [batch, phrase], 1 where a phrase may be used; null without text. */
  readonly availablePhrases: tf.Tensor2D | null;
}

/** What a stage computes, and the inputs of the next one. */
export interface StageOutputs {
  /** f_visual, [batch, channels + localDim]. */
  readonly visual: tf.Tensor2D;
  /** f_text, [batch, 2 · dim]; null without text. */
  readonly text: tf.Tensor2D | null;
  readonly stage: PmaStage;
  readonly next: StageInputs;
}

/**
 * One stage of PMA: looks, reads, and masks the chosen block and the phrases that it explains for the next stage. Call
 * it in a `tf.tidy`.
 */
export function pmaStage(
  parts: StageParts,
  inputs: StageInputs,
  ctx: Context,
  { visualMask, textMask }: Pick<ResolvedPma, "visualMask" | "textMask">,
): StageOutputs {
  const { blocks, phrases, availableBlocks, availablePhrases } = inputs;
  const seen = visualStage(parts.visual, blocks, availableBlocks, ctx);
  const read =
    parts.text && phrases && availablePhrases
      ? textStage(parts.text, phrases, seen.local, availablePhrases, ctx, textMask)
      : null;
  const stage = {
    ...{ alpha: seen.alpha, block: seen.block, availableBlocks },
    ...{ beta: read?.beta ?? null, gamma: read?.gamma ?? null },
    ...{ availableLocal: read && availablePhrases, availableGlobal: read?.left ?? null },
  };
  const blocksLeft = visualMask ? strikeBlock(availableBlocks, seen.chosen) : availableBlocks;
  const next = { ...inputs, availableBlocks: blocksLeft, availablePhrases: read?.left ?? availablePhrases };
  return { visual: seen.features, text: read?.features ?? null, stage, next };
}
