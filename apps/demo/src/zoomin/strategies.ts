import { attentionSamplingClassifier, zoomInClassifier, type LargeImageClassifier } from "@fovea/models";
import { freeze, joinModules, linear, scope, subSeed } from "@fovea/nn";
import { imagenetTrunk } from "@fovea/open-sets";
import { convFeatures, encoderFeatures, type FeatureNetwork, type Plan } from "@fovea/sampling";
import * as tf from "@tensorflow/tfjs-core";
import type { Settings } from "./settings.js";

/** One way to choose where to look. */
export interface Strategy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Whether it is given a view of the whole picture at once, which a very large one has no room for. */
  readonly whole: boolean;
  build(settings: Settings, classes: number): Promise<LargeImageClassifier<Plan>>;
}

/** Everything that the demo compares. */
export const STRATEGIES: readonly Strategy[] = [
  {
    id: "zoom-in",
    name: "Zoom-In",
    description: "A view of each tile says which tiles to come nearer to, a view of these where the patches are.",
    whole: false,
    async build(settings, classes) {
      const { tile, patch, far, near, samples, seed } = settings;
      const sizes = { tile: [tile, tile], patch: [patch, patch], firstScale: 1 / far, secondScale: 1 / near } as const;
      return zoomInClassifier({ ...sizes, samples, classes, seed }, { features: await featuresOf(settings) });
    },
  },
  {
    id: "attention-sampling",
    name: "attention sampling",
    description: "One view of the whole picture, at the scale of Zoom-In's second, says where the patches are.",
    whole: true,
    async build(settings, classes) {
      const { patch, near, samples, seed } = settings;
      const sizes = { scale: 1 / near, patch: [patch, patch] } as const;
      return attentionSamplingClassifier(
        { ...sizes, samples, classes, seed },
        { features: await featuresOf(settings) },
      );
    },
  },
];

/** Length of the feature networks' vectors: what a `LargeImageClassifier` takes by default. */
const DIM = 48;

async function featuresOf({ features, seed }: Settings): Promise<FeatureNetwork> {
  const own = subSeed(seed, "features");
  if (features === "conv") return convFeatures({ channels: [16, 32, DIM], kernel: 3, seed: own });
  if (features === "trunk") return trunkFeatures(own);
  throw new RangeError(`zoomin: \`--features\` must be \`conv\` or \`trunk\`, got \`${features}\`.`);
}

/** What the frozen ImageNet trunk makes of a patch, projected; it takes pixels in [-1, 1]. */
async function trunkFeatures(seed: number): Promise<FeatureNetwork> {
  const encoder = await imagenetTrunk({ until: "block_13_expand_relu" });
  freeze(encoder);
  const trunk = encoderFeatures(encoder);
  const project = linear({ in: encoder.dim, out: DIM, seed });
  return {
    ...joinModules({ trunk, project }),
    forward: (patches, ctx) =>
      tf.tidy(() => {
        const seen = trunk.forward(tf.sub(tf.mul(patches, 2), 1), scope(ctx, "trunk"));
        return project.forward(seen, scope(ctx, "project")) as tf.Tensor2D;
      }),
  };
}

/** The strategies of the given ids, in the order of `STRATEGIES`. @throws RangeError for an unknown id */
export function strategiesOf(ids: readonly string[]): Strategy[] {
  const unknown = ids.find((id) => !STRATEGIES.some((strategy) => strategy.id === id));
  if (unknown !== undefined)
    throw new RangeError(`zoomin: no strategy \`${unknown}\`; there are ${STRATEGIES.map(({ id }) => id).join(", ")}.`);
  return STRATEGIES.filter(({ id }) => ids.includes(id));
}
