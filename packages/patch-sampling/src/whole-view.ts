import { joinModules, scope } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { whole } from "./attention-sampling.js";
import { requireScale } from "./checks.js";
import { groupsOf, sizeOf } from "./groups.js";
import { readBlock, type FeatureNetwork, type ToTensor } from "./picture.js";
import { requirePictures, toUnitRange, type Plan, type Sampler } from "./sampler.js";

/** What `wholeView` is made from. Plain JSON. */
export interface WholeViewConfig {
  /** Of the view, in (0, 1]. Default 1: every pixel. */
  readonly scale?: number;
}

/** The network of `wholeView`, which takes it over. */
export interface WholeViewParts {
  readonly features: FeatureNetwork;
  /** Pixels as the network takes them. Default: numbers in [0, 1]. */
  readonly toTensor?: ToTensor;
}

/**
 * What the other samplers are to be compared with: it does not choose. One view of the whole picture is all that is
 * read,
 *
 *     Φ = f(view at `scale`)
 *
 * so that memory and time grow with the picture at scale 1, and what is small is lost below. Modes and `contrast`
 * change nothing; the negative entropy is 0.
 *
 * @throws RangeError for a scale outside (0, 1]
 */
export function wholeView(
  { features, toTensor = toUnitRange }: WholeViewParts,
  { scale = 1 }: WholeViewConfig = {},
): Sampler {
  requireScale("wholeView", "scale", scale);
  return {
    ...joinModules({ features }),
    plan: (picture) => Promise.resolve({ regions: [whole(picture)] }),
    read: async (picture, plan: Plan) => ({
      plan,
      patches: await Promise.all(plan.regions.map((region) => readBlock(picture, region, scale))),
    }),
    estimate(seen, ctx) {
      requirePictures("wholeView", seen);
      return tf.tidy(() => {
        const views = seen.map(({ patches }) => patches[0]!);
        const groups = groupsOf([...views.keys()], (i) => sizeOf(views[i]!));
        const found = groups.map((places) => {
          const alike = places.map((i) => views[i]!);
          return features.forward(toTensor(alike), scope(ctx, "features"));
        });
        const order = groups.flat();
        const places = tf.tensor1d(
          views.map((_, i) => order.indexOf(i)),
          "int32",
        );
        return { vectors: tf.gather<tf.Tensor2D>(tf.concat(found, 0), places), negativeEntropy: tf.scalar(0) };
      });
    },
  };
}
