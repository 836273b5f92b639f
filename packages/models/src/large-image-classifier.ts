import {
  inferenceContext,
  joinModules,
  linear,
  matchShapes,
  requireCounts,
  scope,
  subSeed,
  type Context,
  type Module,
  type LargeImage,
} from "@fovea/nn";
import {
  attentionSampling,
  convAttention,
  convFeatures,
  fullImage,
  zoomIn,
  type AttentionSamplingPlan,
  type AttentionSamplingConfig,
  type AttentionSamplingParts,
  type SamplingPlan,
  type SamplingOptions,
  type PatchSampler,
  type SampledPatches,
  type SamplerInputs,
  type FullImageConfig,
  type FullImageParts,
  type ZoomInConfig,
  type ZoomInParts,
  type ZoomInPlan,
} from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";

/** What every classifier of large images is made from. Plain JSON. */
export interface LargeImageConfig {
  /** The number of classes. */
  readonly classes: number;
  /** Length of the feature network's vectors. Default 48, that of `convFeatures`. */
  readonly dim?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** Classifies images of any size by the patches that a sampler reads. */
export interface LargeImageClassifier<P extends SamplingPlan = SamplingPlan> extends Module {
  readonly sampler: PatchSampler<P>;
  /** Plans which patches to read, and reads them. */
  sample(image: LargeImage, ctx: Context, options?: SamplingOptions): Promise<SampledPatches<P>>;
  /**
   * Makes tensors of the patches of a batch: the input of `forward`. The caller disposes them.
   *
   * @param ctx - whether `forward` is to learn from them: a training context, or `{ training: true }`
   * @throws RangeError for no images; in training for patches that were not sampled in training
   */
  collate(batch: readonly SampledPatches<P>[], ctx: Pick<Context, "training">): SamplerInputs;
  /**
   * The scores of a batch, and the negative entropy of attention: added to a loss, it keeps attention from settling on
   * few cells early in training.
   *
   * @throws RangeError in training for inputs that were not collated in training, or for patches that were sampled with
   * other weights than the present
   */
  forward(inputs: SamplerInputs, ctx: Context): LargeImageOutputs;
  /** Reads the patches of one image, and returns its class probabilities. */
  predict(image: LargeImage, options?: PredictOptions): Promise<LargeImagePrediction<P>>;
}

/** The outputs of a batch of images. */
export interface LargeImageOutputs {
  /** [batch, classes] */
  readonly logits: tf.Tensor2D;
  /** Mean over the images of sum p log p, of all attention: see `negativeEntropy` of `@fovea/patch-sampling`. */
  readonly negativeEntropy: tf.Scalar;
}

/** How the patches for a prediction are chosen. */
export interface PredictOptions extends Omit<SamplingOptions, "contrast"> {
  /** Number of samplings whose probabilities are averaged. Useful only in mode `sample`, with `rng`. Default 1. */
  readonly passes?: number;
}

/** The prediction of one image. */
export interface LargeImagePrediction<P extends SamplingPlan = SamplingPlan> {
  /** The probability of each class. */
  readonly probabilities: Float32Array;
  /** The patches of each pass, and the attention that they were drawn from. */
  readonly plans: readonly P[];
}

/**
 * A linear classifier on the vectors of a sampler: logits = Φ · weight + bias. `dispose` disposes the sampler, too. The
 * sampler's weights keep their names, the classifier's are under `head.`.
 *
 * @throws RangeError for sizes below 1
 */
export function largeImageClassifier<P extends SamplingPlan>(
  sampler: PatchSampler<P>,
  { classes, dim = 48, seed = 0 }: LargeImageConfig,
): LargeImageClassifier<P> {
  requireCounts("largeImageClassifier", { classes, dim });
  const head = linear({ in: dim, out: classes, seed: subSeed(seed, "head") });
  const sample: LargeImageClassifier<P>["sample"] = async (image, ctx, options) =>
    sampler.read(image, await sampler.plan(image, ctx, options));
  const forward: LargeImageClassifier<P>["forward"] = (inputs, ctx) =>
    tf.tidy(() => {
      const { vectors, negativeEntropy } = sampler.estimate(inputs, ctx);
      matchShapes(
        "largeImageClassifier",
        { "features, as `dim` says,": `batch ${dim}` },
        { "features, as `dim` says,": vectors },
      );
      return { logits: head.forward(vectors, scope(ctx, "head")) as tf.Tensor2D, negativeEntropy };
    });
  const collate: LargeImageClassifier<P>["collate"] = (batch, ctx) => sampler.collate(batch, ctx);
  const probabilitiesOf = (sampled: SampledPatches<P>) =>
    tf.tidy(() => {
      const ctx = inferenceContext();
      return tf.squeeze<tf.Tensor1D>(tf.softmax(forward(collate([sampled], ctx), ctx).logits), [0]);
    });
  return {
    ...joinModules({ "": sampler, head }),
    sampler,
    sample,
    collate,
    forward,
    async predict(image, { passes = 1, ...options } = {}) {
      requireCounts("predict", { passes });
      const probabilities = new Float32Array(classes);
      const plans: P[] = [];
      for (let pass = 0; pass < passes; pass++) {
        const rng = options.rng?.split("pass", pass);
        const sampled = await sample(image, inferenceContext(), { ...options, ...(rng && { rng }) });
        const predicted = probabilitiesOf(sampled);
        (await predicted.data()).forEach((p, i) => (probabilities[i]! += p / passes));
        predicted.dispose();
        plans.push(sampled.plan);
      }
      return { probabilities, plans };
    },
  };
}

/**
 * The baseline: an ordinary network on the full image at one scale, without patches. Features of `convFeatures` unless
 * others are given.
 */
export function fullImageClassifier(
  config: FullImageConfig & LargeImageConfig,
  parts: Partial<FullImageParts> = {},
): LargeImageClassifier {
  const { seed = 0 } = config;
  return disposingOnError((own) => {
    const { features = own(convFeatures({ seed: subSeed(seed, "features") })) } = parts;
    return largeImageClassifier(fullImage({ ...parts, features }, config), config);
  });
}

/**
 * Attention sampling (one stage) with the small networks of its successor's code unless others are given.
 *
 * Ref: Katharopoulos & Fleuret 2019, arXiv:1905.03711.
 */
export function attentionSamplingClassifier(
  config: AttentionSamplingConfig & LargeImageConfig,
  parts: Partial<AttentionSamplingParts> = {},
): LargeImageClassifier<AttentionSamplingPlan> {
  const { seed = 0 } = config;
  return disposingOnError((own) => {
    const {
      attention = own(convAttention({ seed: subSeed(seed, "attention") })),
      features = own(convFeatures({ seed: subSeed(seed, "features") })),
    } = parts;
    return largeImageClassifier(attentionSampling({ ...parts, attention, features }, config), config);
  });
}

/**
 * Zoom-In (two stages) with the networks of the authors' code unless others are given.
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694.
 */
export function zoomInClassifier(
  config: ZoomInConfig & LargeImageConfig,
  parts: Partial<ZoomInParts> = {},
): LargeImageClassifier<ZoomInPlan> {
  const { seed = 0 } = config;
  return disposingOnError((own) => {
    const {
      first = own(convAttention({ seed: subSeed(seed, "first") })),
      second = own(convAttention({ seed: subSeed(seed, "second") })),
      features = own(convFeatures({ seed: subSeed(seed, "features") })),
    } = parts;
    return largeImageClassifier(zoomIn({ ...parts, first, second, features }, config), config);
  });
}

/** Disposes the networks that `build` has made if it throws, as for a config that is refused. */
function disposingOnError<Result>(
  build: (own: <Network extends Module>(network: Network) => Network) => Result,
): Result {
  const made: Module[] = [];
  try {
    return build((network) => {
      made.push(network);
      return network;
    });
  } catch (error) {
    for (const network of made) network.dispose();
    throw error;
  }
}
