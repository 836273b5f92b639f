import * as tf from "@tensorflow/tfjs-core";
import {
  joinModules,
  linear,
  matchShapes,
  moduleOf,
  requireCounts,
  scope,
  sinusoidalPositions,
  subSeed,
  variable,
  type Context,
  type Module,
} from "@fovea/nn";

/** The configuration of `mapTokenizer`. */
export interface MapTokenizerConfig {
  /** Channels of the map. */
  readonly channels: number;
  /** Height of the map, in cells. */
  readonly height: number;
  /** Width of the map, in cells. */
  readonly width: number;
  /** Length of a token. */
  readonly dim: number;
  /** Whether the sequence starts with a class token. Default true. */
  readonly classToken?: boolean;
  /** The position embeddings: learned, fixed, or none, so that the tokens are a set. Default "learned". */
  readonly position?: "learned" | "sinusoidal" | "none";
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** A module that makes tokens of a feature map. */
export interface MapTokenizer extends Module {
  /** Number of tokens: height · width, plus 1 with a class token. */
  readonly tokens: number;
  /** Length of a token. */
  readonly dim: number;
  /** @param map - [batch, height, width, channels]  @returns [batch, tokens, dim], row by row after the class token */
  forward(map: tf.Tensor4D, ctx: Context): tf.Tensor3D;
}

/**
 * Makes tokens of the cells of a feature map, as in a hybrid ViT: a 1 × 1 convolution, whose cells are flattened row by
 * row, a class token in front, and position embeddings.
 *
 *     tokens = [ x_cls ; map E + b ] + P
 *
 * The class token has its own row of P. Params have timm's names: `patch_embed.proj.weight` [channels, dim],
 * `patch_embed.proj.bias`, `cls_token` [1, 1, dim] (unless `classToken` is false) and, if learned, `pos_embed`
 * [1, tokens, dim] (truncated normal, sd 0.02). Taps: `tokens`.
 *
 * Ref: Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", arXiv:2010.11929, section 3.1 (hybrid architecture).
 */
export function mapTokenizer(config: MapTokenizerConfig): MapTokenizer {
  const { channels, height, width, dim, classToken = true, position = "learned", seed = 0 } = config;
  requireCounts("mapTokenizer", { channels, height, width, dim });
  const cells = height * width;
  const tokens = cells + (classToken ? 1 : 0);
  const proj = linear({ in: channels, out: dim, seed: subSeed(seed, "patch_embed", "proj") });
  const cls = classToken ? variable("truncatedNormal02", [1, 1, dim], subSeed(seed, "cls_token")) : undefined;
  const learned =
    position === "learned" ? variable("truncatedNormal02", [1, tokens, dim], subSeed(seed, "pos_embed")) : undefined;
  const fixed = position === "sinusoidal" ? sinusoidalPositions({ tokens, dim }) : undefined;
  const own = moduleOf({ ...(cls && { cls_token: cls }), ...(learned && { pos_embed: learned }) });
  return {
    ...joinModules({ "patch_embed.proj": proj, "": own, positions: fixed }),
    tokens,
    dim,
    forward(map, ctx) {
      matchShapes("mapTokenizer", { map: `batch ${height} ${width} ${channels}` }, { map });
      return tf.tidy(() => {
        const [batch] = map.shape;
        // [batch, height · width, dim]
        const patches = proj.forward(tf.reshape(map, [batch, cells, channels]), scope(ctx, "proj"));
        const sequence = cls ? tf.concat([tf.tile(cls, [batch, 1, 1]), patches], 1) : patches;
        const positioned = learned
          ? tf.add(sequence, learned)
          : fixed
            ? fixed.forward(sequence, scope(ctx, "positions"))
            : sequence;
        ctx.tap?.("tokens", positioned);
        return positioned as tf.Tensor3D;
      });
    },
  };
}
