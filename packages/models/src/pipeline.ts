import * as tf from "@tensorflow/tfjs-core";
import type { MergePoint } from "@fovea/fusion";
import {
  inferenceContext,
  joinModules,
  requireCounts,
  requireRates,
  scope,
  stageOf,
  type Context,
  type ImageEncoder,
  type Layer,
  type Module,
  subSeed,
} from "@fovea/nn";
import { classifierHead, mapTokenizer, transformerEncoder, type TransformerEncoder } from "@fovea/transformers";

/** The points of the network where views can be merged, from the images to the scores. */
export const POINTS = ["image", "map", "tokens", "vector", "logits"] as const satisfies readonly MergePoint[];

/**
 * Computes one point of the network from the one before. Never disposes its input. `mask` says which tokens of a
 * sequence are real.
 */
export type Step = (x: tf.Tensor, ctx: Context, mask: tf.Tensor2D | null) => tf.Tensor;

/** All steps of the network, named by the point where each starts. */
export type Steps = Readonly<Record<Exclude<MergePoint, "logits">, Step>>;

/** Transformer sizes; the defaults are those of ViT-Small, which the paper uses. */
export interface TransformerSize {
  /** Length of a token. Default 384. */
  readonly dim?: number;
  /** Encoder blocks. Default 12. */
  readonly depth?: number;
  /** Attention heads; they must divide `dim`. Default 6. */
  readonly heads?: number;
  /** Hidden width of a block's MLP over `dim`. Default 4. */
  readonly mlpRatio?: number;
  /** Probability with which a residual branch is dropped in training (stochastic depth). Default 0. */
  readonly dropPath?: number;
}

/**
 * A network from images to class scores: a CNN's map, cut into tokens, through a transformer, to the class token's
 * logits.
 */
export interface PipelineConfig extends TransformerSize {
  /** The number of classes, at least 2. */
  readonly classes: number;
  /** Height and width of the images, in pixels; position embeddings are learned for one size. */
  readonly imageSize: readonly [height: number, width: number];
  /** The stem's map that becomes tokens. Default: the last. */
  readonly stage?: string;
  /** The stem's map that fusion at `"map"` merges; no deeper than `stage`. Default: `stage`. */
  readonly mergeStage?: string;
  /** Dropout before the classifier. Default 0.1. */
  readonly headDropout?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** Defaults filled in; plain JSON, stored in checkpoints. */
export type ResolvedPipeline = Required<PipelineConfig>;

/**
 * Allocates nothing, and leaves nothing for the parts to refuse once some of them are there.
 *
 * @param who - speaks in errors
 * @throws RangeError for a stage that the stem does not have, a `mergeStage` deeper than `stage`, or a size that cannot
 *   be
 */
export function resolvePipeline(who: string, stem: ImageEncoder, config: PipelineConfig): ResolvedPipeline {
  const { stage = stem.stages.at(-1)!.name, mergeStage = stage } = config;
  const { classes, imageSize, dim = 384, depth = 12, heads = 6, mlpRatio = 4, dropPath = 0 } = config;
  const { headDropout = 0.1, seed = 0 } = config;
  requireCounts(who, { classes }, 2);
  requireCounts(who, { imageSize, dim, heads, "dim · mlpRatio": Math.round(dim * mlpRatio) });
  requireCounts(who, { depth }, 0);
  requireRates(who, { dropPath, headDropout });
  if (dim % heads !== 0) throw new RangeError(`${who}: \`heads\` must divide \`dim\` = ${dim}, got ${heads}.`);
  const depthOf = (name: string) => stem.stages.indexOf(stageOf(stem, name, who));
  if (depthOf(mergeStage) > depthOf(stage))
    throw new RangeError(`${who}: \`mergeStage\` (${mergeStage}) must not be deeper than \`stage\` (${stage}).`);
  return { classes, imageSize, stage, mergeStage, dim, depth, heads, mlpRatio, dropPath, headDropout, seed };
}

/** A transformer and its classifier: what the paper calls T. */
export interface TokenClassifier extends Module {
  readonly encoder: TransformerEncoder;
  readonly head: Layer;
}

/** `part` tells the initial weights of several apart. */
export function tokenClassifier(config: ResolvedPipeline, part: string): TokenClassifier {
  const { dim, depth, heads, mlpRatio, dropPath, classes, headDropout } = config;
  const seed = subSeed(config.seed, part);
  const encoder = transformerEncoder({ dim, depth, heads, mlpRatio, dropPath, seed });
  const head = classifierHead({ dim, classes, dropout: headDropout, seed });
  return { ...joinModules({ "": encoder, head }), encoder, head };
}

/** Cells of a map along its height and width. */
export type Grid = readonly [height: number, width: number];

/** The cells that become tokens. A black image goes through the stem, since encoders round in their own ways. */
function gridOf(stem: ImageEncoder, { imageSize, stage }: ResolvedPipeline): Grid {
  return tf.tidy(() => {
    const [map] = stem.maps(tf.zeros([1, ...imageSize, stem.inChannels]), inferenceContext(), { take: [stage] });
    return [map!.shape[1], map!.shape[2]] as [number, number];
  });
}

/** Images to tokens, for every view alike: the stem, then projection, positions and the class token. */
export function tokenStem(stem: ImageEncoder, config: ResolvedPipeline) {
  const { channels } = stageOf(stem, config.stage);
  const grid = gridOf(stem, config);
  const [height, width] = grid;
  const tokenizer = mapTokenizer({ channels, height, width, dim: config.dim, seed: subSeed(config.seed, "tokenizer") });
  const { stage, mergeStage } = config;
  const steps = {
    image: (x, ctx) => stem.maps(x as tf.Tensor4D, scope(ctx, "stem"), { take: [mergeStage] })[0]!,
    map: (x, ctx) =>
      tf.tidy(() => {
        const rest = { from: mergeStage, take: [stage] };
        const map =
          stage === mergeStage ? (x as tf.Tensor4D) : stem.maps(x as tf.Tensor4D, scope(ctx, "stem"), rest)[0]!;
        return tokenizer.forward(map, scope(ctx, "tokenizer"));
      }),
  } satisfies Partial<Steps>;
  return { ...joinModules({ stem, tokenizer }), grid, steps };
}

/** Tokens to scores: the transformer, then the classifier on the class token, which stands first. */
export const tokenSteps = ({ encoder, head }: TokenClassifier): Pick<Steps, "tokens" | "vector"> => ({
  tokens: (x, ctx, mask) =>
    tf.tidy(() => {
      const [batch, , dim] = x.shape as [number, number, number];
      const encoded = encoder.forward(x as tf.Tensor3D, ctx, mask); // [batch, tokens, dim]
      return tf.reshape(tf.slice(encoded, [0, 0, 0], [batch, 1, dim]), [batch, dim]);
    }),
  vector: (x, ctx) => head.forward(x, scope(ctx, "head")),
});
