import * as tf from "@tensorflow/tfjs-core";
import {
  encoderBlock,
  joinModules,
  layerNorm,
  matchShapes,
  requireCounts,
  scope,
  subSeed,
  type Context,
  type Module,
} from "@fovea/nn";

/** The configuration of `transformerEncoder`. */
export interface TransformerEncoderConfig {
  /** Length of a token. */
  readonly dim: number;
  /** Number of blocks. With 0 only the final LayerNorm is left. */
  readonly depth: number;
  /** Number of attention heads; must divide `dim`. */
  readonly heads: number;
  /** Hidden units of the MLP of a block, as a multiple of `dim`. Default 4. */
  readonly mlpRatio?: number;
  /** Dropout rate in attention and MLP. Default 0. */
  readonly dropout?: number;
  /** Drop path rate (stochastic depth) of the last block; it grows linearly from 0 at the first block. Default 0. */
  readonly dropPath?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** A module that maps a sequence of tokens to a sequence of the same length. */
export interface TransformerEncoder extends Module {
  /** Length of a token. */
  readonly dim: number;
  /** Number of blocks. */
  readonly depth: number;
  /**
   * @param tokens - [batch, tokens, dim]
   * @param mask - [batch, tokens], 1 where a token is real; no token attends to a masked one. Default: all are real
   * @returns [batch, tokens, dim]; the values of masked tokens have no meaning
   */
  forward(tokens: tf.Tensor3D, ctx: Context, mask?: tf.Tensor2D | null): tf.Tensor3D;
}

/**
 * A Vision Transformer encoder: pre-norm blocks, then LayerNorm:
 *
 *     x ← x + MSA(LN(x));   x ← x + MLP(LN(x))   (depth times);   y = LN(x)
 *
 * If the tokens have no position embeddings, permuted tokens give permuted outputs. Params have timm's names:
 * `blocks.0.norm1.weight`, `blocks.0.attn.qkv.weight`, … and `norm.weight`, `norm.bias`.
 * Taps: `blocks/0/attn/attention` [batch, heads, tokens, tokens], …, one for each block; see `attentionRollout`.
 *
 * Ref: Dosovitskiy et al. 2021, arXiv:2010.11929, eq. 2 to 4; drop path: Huang et al. 2016, arXiv:1603.09382.
 */
export function transformerEncoder(config: TransformerEncoderConfig): TransformerEncoder {
  const { dim, depth, heads, mlpRatio = 4, dropout = 0, dropPath = 0, seed = 0 } = config;
  requireCounts("transformerEncoder", { dim, heads });
  requireCounts("transformerEncoder", { depth }, 0);
  const blocks = Array.from({ length: depth }, (_, i) =>
    encoderBlock({
      dim,
      heads,
      mlpRatio,
      dropout,
      dropPath: depth > 1 ? (dropPath * i) / (depth - 1) : dropPath,
      seed: subSeed(seed, "blocks", i),
    }),
  );
  const norm = layerNorm({ dim });
  return {
    ...joinModules({ ...Object.fromEntries(blocks.map((block, i) => [`blocks.${i}`, block])), norm }),
    dim,
    depth,
    forward(tokens, ctx, mask = null) {
      if (mask)
        matchShapes("transformerEncoder", { tokens: `batch tokens ${dim}`, mask: "batch tokens" }, { tokens, mask });
      else matchShapes("transformerEncoder", { tokens: `batch tokens ${dim}` }, { tokens });
      return tf.tidy(() => {
        const last = blocks.reduce((x, block, i) => block.forward(x, scope(ctx, `blocks/${i}`), mask), tokens);
        return norm.forward(last, scope(ctx, "norm")) as tf.Tensor3D;
      });
    },
  };
}
