import * as tf from "@tensorflow/tfjs-core";
import {
  joinModules,
  mergeWeights,
  scope,
  stageOf,
  subSeed,
  type Context,
  type ImageEncoder,
  type Layer,
  type Module,
} from "@fovea/nn";
import { classifierHead } from "./classifier-head.js";
import { mapTokenizer, type MapTokenizer, type MapTokenizerConfig } from "./map-tokenizer.js";
import { transformerEncoder, type TransformerEncoder, type TransformerEncoderConfig } from "./transformer-encoder.js";

/** What makes a `hybridVit`: all of it plain JSON but the stem. */
export interface HybridVitConfig
  extends Omit<TransformerEncoderConfig, "seed">, Pick<MapTokenizerConfig, "height" | "width" | "position"> {
  /** The CNN. The model owns it from here on. */
  readonly stem: ImageEncoder;
  /** The stage of the stem whose map, [height, width], becomes tokens. Default: its last. */
  readonly stage?: string;
  readonly classes: number;
  /** Rate of dropout in front of the head. Default 0.1. */
  readonly headDropout?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** A CNN, its map as tokens, a transformer, and a linear head on the class token. */
export interface HybridVit extends Module {
  readonly tokenizer: MapTokenizer;
  readonly encoder: TransformerEncoder;
  readonly head: Layer;
  /**
   * @param images - [batch, height, width, channels]
   * @returns what the encoder reads, [batch, tokens, dim]; token 0 is the class token
   */
  tokens(images: tf.Tensor4D, ctx: Context): tf.Tensor3D;
  /** @param tokens - [batch, tokens, dim]  @returns the class token after the encoder, [batch, dim] */
  features(tokens: tf.Tensor3D, ctx: Context, mask?: tf.Tensor2D | null): tf.Tensor2D;
  /** @param images - [batch, height, width, channels]  @returns logits [batch, classes] */
  forward(images: tf.Tensor4D, ctx: Context): tf.Tensor2D;
}

/**
 * A hybrid ViT: logits = head( encoder( tokenizer( stem(images) ) )[class token] ).
 *
 * `forward` is `tokens`, then `features`, then `head`; run them apart where views meet in between. Params are those of
 * timm's hybrids: `patch_embed.backbone.…` (the stem's own names), `patch_embed.proj.…`, `cls_token`, `pos_embed`,
 * `blocks.…`, `norm.…`, `head.…`. Taps: under `stem/`, `tokenizer/` and `encoder/`, e.g.
 * `encoder/blocks/0/attn/attention`.
 *
 * Ref: Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", arXiv:2010.11929, section 3.1.
 */
export function hybridVit(config: HybridVitConfig): HybridVit {
  const { stem, height, width, dim, position = "learned", classes, headDropout = 0.1, seed = 0 } = config;
  const { name: stage, channels } = stageOf(stem, config.stage ?? stem.stages.at(-1)!.name, "hybridVit");
  const tokenizer = mapTokenizer({ channels, height, width, dim, position, seed: subSeed(seed, "tokenizer") });
  const encoder = transformerEncoder({ ...config, seed: subSeed(seed, "encoder") });
  const head = classifierHead({ dim, classes, dropout: headDropout, seed: subSeed(seed, "head") });
  const tokens = (images: tf.Tensor4D, ctx: Context) =>
    tf.tidy(() => {
      const [map] = stem.maps(images, scope(ctx, "stem"), { take: [stage] });
      return tokenizer.forward(map!, scope(ctx, "tokenizer"));
    });
  const features = (sequence: tf.Tensor3D, ctx: Context, mask: tf.Tensor2D | null = null) =>
    tf.tidy(() => {
      const encoded = encoder.forward(sequence, scope(ctx, "encoder"), mask);
      return tf.squeeze(tf.slice(encoded, [0, 0], [-1, 1]), [1]) as tf.Tensor2D;
    });
  return {
    ...joinModules({ "patch_embed.backbone": stem, "": sideBySide(tokenizer, encoder), head }),
    tokenizer,
    encoder,
    head,
    tokens,
    features,
    forward: (images, ctx) =>
      tf.tidy(() => head.forward(features(tokens(images, ctx), ctx), scope(ctx, "head")) as tf.Tensor2D),
  };
}

/** Modules under their own names, which timm keeps at the top. */
const sideBySide = (a: Module, b: Module): Module => ({
  ...mergeWeights("hybridVit", [a, b]),
  dispose: () => [a, b].forEach((module) => module.dispose()),
});
