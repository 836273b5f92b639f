import { requireCounts, requireOneOf } from "@fovea/nn";

/** What `progressiveMaskAttention` is made from. Plain JSON. */
export interface ProgressiveMaskAttentionConfig {
  /** Channels of the map. */
  readonly visualDim: number;
  /** Length of the vector of a phrase; null: vision only, without text. Default null. */
  readonly textDim?: number | null | undefined;
  /** Length of the vector of the chosen block, f_local. Default `visualDim`. */
  readonly localDim?: number | undefined;
  /** Length of the vector f^t of a stage. Default 512. */
  readonly finalDim?: number | undefined;
  /** Number of stages T. Default 3. */
  readonly stages?: number | undefined;
  /** How many times shorter the hidden vector of each self-attention scorer is. Default 16. */
  readonly reduction?: number | undefined;
  /** Whether all stages have the same scorers and 1 × 1 convolution; the layer FC is always shared. Default true. */
  readonly shareStages?: boolean | undefined;
  /** Whether a chosen block is masked in later stages. Without, stages that share layers see the same. Default true. */
  readonly visualMask?: boolean | undefined;
  /** Whether the phrases that a chosen block explains are struck out. Default true. */
  readonly textMask?: boolean | undefined;
  /** What stands for f_text where a sample has no phrase: zeros, or a learned vector. Default "zeros". */
  readonly missingText?: "zeros" | "learned" | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/** The configuration with its defaults. */
export type ResolvedPma = { readonly [Key in keyof ProgressiveMaskAttentionConfig]-?: Exclude<ProgressiveMaskAttentionConfig[Key], undefined> }; // prettier-ignore

/** Fills in the defaults. @throws RangeError for sizes below 1, and for an unknown `missingText` */
export function resolvePma(config: ProgressiveMaskAttentionConfig): ResolvedPma {
  const { visualDim, textDim = null, localDim = visualDim, finalDim = 512, stages = 3, reduction = 16 } = config;
  const { shareStages = true, visualMask = true, textMask = true, missingText = "zeros", seed = 0 } = config;
  requireCounts("progressiveMaskAttention", { visualDim, localDim, finalDim, stages, reduction });
  if (textDim !== null) requireCounts("progressiveMaskAttention", { textDim });
  requireOneOf("progressiveMaskAttention", { missingText }, ["zeros", "learned"]);
  const sizes = { visualDim, textDim, localDim, finalDim, stages, reduction };
  return { ...sizes, shareStages, visualMask, textMask, missingText, seed };
}
