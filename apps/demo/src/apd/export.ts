import type { Segmenter } from "@fovea/segmentation";
import { inferenceContext } from "@fovea/nn";
import type { ExportInput } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { imagenet, type PlanOf } from "../export/plan.js";
import type { Settings } from "./settings.js";
import type { Training } from "./variants.js";

/** One file: from images to logits of cells, channels first, as transformers.js enlarges and reads them. */
export const exportPlan: PlanOf<Settings, Segmenter, Training> = async ({ model, settings, variant }, image) => {
  const { size } = settings;
  const { stride } = model;
  const side = (name: string) => ({ name, example: size, step: stride });
  const pixels: ExportInput = { shape: ["batch", side("height"), side("width"), 3], channelsFirst: true };
  return {
    networks: [
      {
        name: "model",
        module: model,
        inputs: [{ pixel_values: pixels }],
        asked: { pixel_values: [await image(size, size)] },
        forward: ({ pixel_values }) =>
          tf.tidy(() => {
            const { logits } = model.forward(pixel_values as tf.Tensor4D, inferenceContext());
            return { logits: tf.transpose(logits, [0, 3, 1, 2]) };
          }),
      },
    ],
    preprocessing: { height: size, width: size, fit: "fill", resample: "bilinear", ...imagenet },
    task: "image-segmentation",
    description:
      `The class of every pixel of an image. ${variant.description}\n\n` +
      `It learned from crops of ${size} × ${size} pixels; sides may be any multiple of ${stride} plus 1. \`logits\`, [batch, classes, ` +
      `rows, columns], are those of every ${stride}th pixel: enlarge them bilinearly, with corners aligned.`,
  };
};
