import type { MultiViewClassifier } from "@fovea/models";
import { inferenceContext } from "@fovea/nn";
import type { ExportInput } from "@fovea/tfjs-backend-onnxruntime";
import type * as tf from "@tensorflow/tfjs-core";
import { keras, type PlanOf } from "../export/plan.js";
import type { Merging } from "./merging.js";
import type { Settings } from "./settings.js";

type Model = MultiViewClassifier<string, unknown>;

/**
 * Views of objects, with a mask of those that are real; of any number, if the merging allows it, or as many as it
 * knows.
 */
const inputsOf = (size: number, views: number): Record<"pixel_values" | "mask", ExportInput>[] =>
  [{ name: "view", example: views }, views].map((view) => ({
    pixel_values: { shape: ["batch", view, size, size, 3], channelsFirst: true },
    mask: { shape: ["batch", view] },
  }));

/** One file, from views to the scores of the classes: of each view alone, and of the views together. */
export const exportPlan: PlanOf<Settings, Model, { readonly merging: Merging }> = async (trained, image) => {
  const { model, settings, variant } = trained;
  const { merging } = variant;
  const { size, views } = settings;
  const outputs = [...new Set(merging.rows.map(({ output }) => output))];
  const first = await image(size, size);
  return {
    networks: [
      {
        name: "model",
        module: model,
        inputs: inputsOf(size, views),
        asked: {
          pixel_values: new Array(views).fill(first) as (typeof first)[],
          mask: { type: "float32", shape: [1, views], values: new Array<number>(views).fill(1) },
        },
        forward({ pixel_values, mask }) {
          const given = { views: pixel_values!, mask: mask as tf.Tensor2D };
          const logits = model.forward(given, inferenceContext(), outputs);
          return Object.fromEntries(outputs.map((name) => [nameOf(name), logits[name]!]));
        },
      },
    ],
    preprocessing: { height: size, width: size, ...keras },
    task: "other",
    description: [
      `A classifier of objects that are seen in several images. ${merging.rows[0]!.description}`,
      "",
      "`onnx/model.onnx` takes `pixel_values`, [batch, view, 3, height, width], and `mask`, [batch, view]: 1 where there is a view and 0 where there is none, whose pixels are not looked at. It gives:",
      "",
      ...merging.rows.map(({ output, name }) => `- \`${nameOf(output)}\`: ${name}${output === "single" ? ", [batch, view, classes]" : ", [batch, classes]"}`), // prettier-ignore
    ].join("\n"),
    tags: ["multi-view"],
  };
};

/** The fused prediction is what others call logits. */
const nameOf = (output: string): string => (output === "fused" ? "logits" : output);
