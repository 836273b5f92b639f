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
  type FullImageConfig,
  type FullImageParts,
  type ZoomInConfig,
  type ZoomInParts,
  type ZoomInPlan,
} from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";

/** Plain JSON. */
export interface LargeImageConfig {
  readonly classes: number;
  /** Length of the feature network's vectors. Default 48, that of `convFeatures`. */
  readonly dim?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Images of any size to class scores, by what a sampler looks at. */
export interface LargeImageClassifier<P extends SamplingPlan = SamplingPlan> extends Module {
  readonly sampler: PatchSampler<P>;
  /** Plans where to look, and reads it: what `forward` takes. Nothing of it is differentiated. */
  sample(image: LargeImage, ctx: Context, options?: SamplingOptions): Promise<SampledPatches<P>>;
  /**
   * For training: the scores, and what keeps attention from settling early (see `negativeEntropy` of
   * `@fovea/patch-sampling`).
   */
  forward(seen: readonly SampledPatches<P>[], ctx: Context): LargeImageOutputs;
  /** Reads what it needs of one image, and no more. */
  predict(image: LargeImage, options?: PredictOptions): Promise<LargeImagePrediction<P>>;
}

export interface LargeImageOutputs {
  /** [batch, classes] */
  readonly logits: tf.Tensor2D;
  readonly negativeEntropy: tf.Scalar;
}

export interface PredictOptions extends Omit<SamplingOptions, "contrast"> {
  /** Looks whose probabilities are averaged; of use in mode `sample` only, with `rng`. Default 1. */
  readonly passes?: number;
}

export interface LargeImagePrediction<P extends SamplingPlan = SamplingPlan> {
  /** Of each class. */
  readonly probabilities: Float32Array;
  /** Where each pass looked, and what attention was there. */
  readonly plans: readonly P[];
}

/**
 * A linear classifier of what a sampler sees: logits = Φ · weight + bias. The sampler is taken over; its weights keep
 * their names, the classifier's are under `head.`.
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
  const forward: LargeImageClassifier<P>["forward"] = (seen, ctx) =>
    tf.tidy(() => {
      const { vectors, negativeEntropy } = sampler.estimate(seen, ctx);
      matchShapes(
        "largeImageClassifier",
        { "features, as `dim` says,": `batch ${dim}` },
        { "features, as `dim` says,": vectors },
      );
      return { logits: head.forward(vectors, scope(ctx, "head")) as tf.Tensor2D, negativeEntropy };
    });
  const probabilitiesOf = (seen: SampledPatches<P>) =>
    tf.tidy(() => tf.squeeze<tf.Tensor1D>(tf.softmax(forward([seen], inferenceContext()).logits), [0]));
  return {
    ...joinModules({ "": sampler, head }),
    sampler,
    sample,
    forward,
    async predict(image, { passes = 1, ...options } = {}) {
      requireCounts("predict", { passes });
      const probabilities = new Float32Array(classes);
      const plans: P[] = [];
      for (let pass = 0; pass < passes; pass++) {
        const rng = options.rng?.split("pass", pass);
        const seen = await sample(image, inferenceContext(), { ...options, ...(rng && { rng }) });
        const found = probabilitiesOf(seen);
        (await found.data()).forEach((p, i) => (probabilities[i]! += p / passes));
        found.dispose();
        plans.push(seen.plan);
      }
      return { probabilities, plans };
    },
  };
}

/**
 * An ordinary network on one view of the whole image: what the others are to be compared with. Features of
 * `convFeatures` unless others are given.
 */
export function fullImageClassifier(
  config: FullImageConfig & LargeImageConfig,
  parts: Partial<FullImageParts> = {},
): LargeImageClassifier {
  const { seed = 0 } = config;
  return withOwn((own) => {
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
  return withOwn((own) => {
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
  return withOwn((own) => {
    const {
      first = own(convAttention({ seed: subSeed(seed, "first") })),
      second = own(convAttention({ seed: subSeed(seed, "second") })),
      features = own(convFeatures({ seed: subSeed(seed, "features") })),
    } = parts;
    return largeImageClassifier(zoomIn({ ...parts, first, second, features }, config), config);
  });
}

/** Networks that were made here do not outlive a config that is refused. */
function withOwn<Result>(build: (own: <Network extends Module>(network: Network) => Network) => Result): Result {
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
