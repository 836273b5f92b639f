import * as tf from "@tensorflow/tfjs-core";
import { requireCounts, requireRates } from "../checks.js";
import { scope, type Context } from "../context.js";
import { maskedSoftmax } from "../masked-softmax.js";
import { joinModules, type Module } from "../module.js";
import { subSeed } from "../random.js";
import { matchShapes } from "../shapes.js";
import { dropout } from "./dropout.js";
import { linear } from "./linear.js";
import { requireNotEmpty } from "./require-input.js";

/** A layer on sequences of tokens, some of which may be padding. It never disposes its inputs. */
export interface SequenceLayer extends Module {
  /**
   * @param x - [batch, tokens, dim]
   * @param mask - [batch, tokens], 1 where a token is real. Default: all are
   * @returns [batch, tokens, dim]
   */
  forward(x: tf.Tensor, ctx: Context, mask?: tf.Tensor2D | null): tf.Tensor3D;
}

/** The configuration of `multiHeadAttention`. */
export interface MultiHeadAttentionConfig {
  /** Length of a token. */
  readonly dim: number;
  /** Number of attention heads; must divide `dim`. */
  readonly heads: number;
  /** Whether the query, key and value projection has a bias; the output projection always has one. Default true. */
  readonly bias?: boolean;
  /** Dropout rate of the attention weights and of the output. Default 0. */
  readonly dropout?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * Multi-head self-attention. For each head, with q, k, v = x · qkv.weight + qkv.bias and d = dim / heads,
 *
 *     attention = softmax_keys(q · kᵀ / √d),   y = concat_heads(attention · v) · proj.weight + proj.bias
 *
 * No token attends to a masked token. If all tokens are masked, all attention is 0 and y = proj.bias.
 * Params (timm's names) `qkv.weight` [dim, 3 · dim], `qkv.bias`, `proj.weight` [dim, dim], `proj.bias`.
 * Taps `attention` [batch, heads, tokens (queries), tokens (keys)].
 *
 * Ref: Vaswani et al. 2017, arXiv:1706.03762.
 * @throws RangeError unless `heads` divides `dim`
 */
export function multiHeadAttention(config: MultiHeadAttentionConfig): SequenceLayer {
  const { dim, heads, bias = true, dropout: rate = 0, seed = 0 } = config;
  requireCounts("multiHeadAttention", { dim, heads });
  requireRates("multiHeadAttention", { dropout: rate });
  if (dim % heads !== 0)
    throw new RangeError(`multiHeadAttention: \`heads\` must divide \`dim\` = ${dim}, got ${heads}.`);
  const qkv = linear({ in: dim, out: 3 * dim, bias, seed: subSeed(seed, "qkv") });
  const proj = linear({ in: dim, out: dim, seed: subSeed(seed, "proj") });
  const drop = dropout({ rate });
  return {
    ...joinModules({ qkv, proj }),
    forward: (x, ctx, mask) =>
      tf.tidy(() => {
        const { batch, tokens } = mask
          ? matchShapes("multiHeadAttention", { x: `batch tokens ${dim}`, mask: "batch tokens" }, { x, mask })
          : matchShapes("multiHeadAttention", { x: `batch tokens ${dim}` }, { x });
        requireNotEmpty("multiHeadAttention", x);
        const parts = tf.reshape(qkv.forward(x, scope(ctx, "qkv")), [batch, tokens, 3 * heads, dim / heads]);
        const byHead = tf.transpose(parts, [0, 2, 1, 3]); // rank 4: wasm is 20 times slower with more axes
        // [batch, heads, tokens, dim / heads]
        const [q, k, v] = tf.split(byHead, 3, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const scores = tf.matMul(tf.mul(q, Math.sqrt(heads / dim)), k, false, true); // [batch, heads, tokens, tokens]
        const attention = maskedSoftmax(scores, mask && tf.reshape(mask, [batch, 1, 1, tokens]));
        ctx.tap?.("attention", attention);
        // [batch, heads, tokens, dim / heads]
        const mixed = tf.matMul(drop.forward(attention, scope(ctx, "attention")), v);
        const y = proj.forward(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, dim]), scope(ctx, "proj"));
        return drop.forward(y, scope(ctx, "output")) as tf.Tensor3D;
      }),
  };
}
