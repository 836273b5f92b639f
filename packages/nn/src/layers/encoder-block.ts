import * as tf from "@tensorflow/tfjs-core";
import { requireCounts, requireRates } from "../checks.js";
import { scope } from "../context.js";
import { joinModules } from "../module.js";
import { subSeed } from "../random.js";
import { activation } from "./activation.js";
import { dropout, dropPath } from "./dropout.js";
import { layerNorm } from "./layer-norm.js";
import { linear } from "./linear.js";
import { multiHeadAttention, type SequenceLayer } from "./multi-head-attention.js";
import { sequential } from "./sequential.js";

/** The configuration of `encoderBlock`. */
export interface EncoderBlockConfig {
  /** Length of a token. */
  readonly dim: number;
  /** Number of attention heads; must divide `dim`. */
  readonly heads: number;
  /** Hidden units of the MLP, as a multiple of `dim`. Default 4. */
  readonly mlpRatio?: number;
  /** Dropout rate of the attention weights and of the output of every linear layer. Default 0. */
  readonly dropout?: number;
  /** Rate of stochastic depth (drop path) of both residual branches. Default 0. */
  readonly dropPath?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * A pre-norm Vision Transformer block:
 *
 *     x ← x + attention(norm1(x)),   x ← x + mlp(norm2(x)),   mlp = fc2 ∘ gelu ∘ fc1
 *
 * Params (timm's names) under `norm1.`, `attn.`, `norm2.`, `mlp.fc1.`, `mlp.fc2.`. Taps `attn/attention`.
 *
 * Ref: Dosovitskiy et al. 2021, arXiv:2010.11929.
 */
export function encoderBlock(config: EncoderBlockConfig): SequenceLayer {
  const { dim, heads, mlpRatio = 4, dropout: rate = 0, dropPath: pathRate = 0, seed = 0 } = config;
  const hidden = Math.round(dim * mlpRatio);
  requireCounts("encoderBlock", { dim, heads, "dim · mlpRatio": hidden });
  requireRates("encoderBlock", { dropout: rate, dropPath: pathRate });
  const attn = multiHeadAttention({ dim, heads, dropout: rate, seed: subSeed(seed, "attn") });
  const mlp = sequential({
    fc1: linear({ in: dim, out: hidden, seed: subSeed(seed, "fc1") }),
    act: activation("gelu"),
    drop1: dropout({ rate }),
    fc2: linear({ in: hidden, out: dim, seed: subSeed(seed, "fc2") }),
    drop2: dropout({ rate }),
  });
  const [norm1, norm2, path] = [layerNorm({ dim }), layerNorm({ dim }), dropPath({ rate: pathRate })];
  return {
    ...joinModules({ norm1, attn, norm2, mlp }),
    forward: (x, ctx, mask) =>
      tf.tidy(() => {
        const attended = attn.forward(norm1.forward(x, scope(ctx, "norm1")), scope(ctx, "attn"), mask);
        const middle = tf.add(x, path.forward(attended, scope(ctx, "path1")));
        const mixed = mlp.forward(norm2.forward(middle, scope(ctx, "norm2")), scope(ctx, "mlp"));
        return tf.add(middle, path.forward(mixed, scope(ctx, "path2"))) as tf.Tensor3D;
      }),
  };
}
