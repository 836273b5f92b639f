import type { FineGrainedClassifier } from "@fovea/models";
import { inferenceContext } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { imageInputs, keras, type PlanOf } from "../export/plan.js";
import type { Network } from "./networks.js";
import type { Settings } from "./settings.js";

/** One file, from images to the scores of the classes. */
export const exportPlan: PlanOf<Settings, FineGrainedClassifier, Network> = async (trained, image) => {
  const { model, variant, settings } = trained;
  const { size } = settings;
  return {
    networks: [
      {
        name: "model",
        module: model,
        inputs: imageInputs(size),
        asked: { pixel_values: [await image(size, size)] },
        forward: ({ pixel_values }) => ({ logits: model.forward(pixel_values as tf.Tensor4D, inferenceContext()) }),
      },
    ],
    preprocessing: { height: size, width: size, ...keras },
    task: "image-classification",
    description: `A classifier of fine-grained classes. ${variant.description}`,
    tags: ["fine-grained"],
  };
};
