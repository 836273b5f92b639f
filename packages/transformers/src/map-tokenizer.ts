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

/** What makes a `mapTokenizer`. */
export interface MapTokenizerConfig {
  /** Channels of the map. */
  readonly channels: number;
  /** Cells of the map from top to bottom. */
  readonly height: number;
  /** Cells of the map from left to right. */
  readonly width: number;
  /** Length of a token. */
  readonly dim: number;
  /** Whether a class token comes first. Default true. */
  readonly classToken?: boolean;
  /** What tells tokens where they are. Default "learned". */
  readonly position?: "learned" | "sinusoidal" | "none";
  /** Default 0. */
  readonly seed?: number;
}

/** A feature map as a sequence of tokens. */
export interface MapTokenizer extends Module {
  /** Length of the sequence: height · width, and 1 with a class token. */
  readonly tokens: number;
  readonly dim: number;
  /** @param map - [batch, height, width, channels]  @returns [batch, tokens, dim], row by row after the class token */
  forward(map: tf.Tensor4D, ctx: Context): tf.Tensor3D;
}

/**
 * Cells to tokens, as in a hybrid ViT: a 1×1 convolution, flattened row by row, behind a class token, plus positions.
 *
 *     tokens = [ x_cls ; map E + b ] + P
 *
 * The class token has a row of P of its own. Params are timm's: `patch_embed.proj.weight` [channels, dim],
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
        const placed = learned
          ? tf.add(sequence, learned)
          : fixed
            ? fixed.forward(sequence, scope(ctx, "positions"))
            : sequence;
        ctx.tap?.("tokens", placed);
        return placed as tf.Tensor3D;
      });
    },
  };
}
