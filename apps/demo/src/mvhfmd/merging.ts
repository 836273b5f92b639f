import {
  attentionFusion,
  concatFusion,
  maxFusion,
  meanFusion,
  meanProbabilities,
  tokenFusion,
  type Fusion,
} from "@fovea/fusion";
import { crossEntropy, mvHfmdLoss, viewCrossEntropy, type MultiTermLoss } from "@fovea/losses";
import { multiViewClassifier, mvHfmd, type MultiViewClassifier, type PipelineConfig } from "@fovea/models";
import type { ImageEncoder } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Settings } from "./settings.js";

/** A prediction that is read off a model, and its row in the report. */
export interface Row {
  readonly name: string;
  readonly description: string;
  /** The model's output that is the prediction. `"single"`: of one view alone. */
  readonly output: string;
}

/** What the network is made of, beside its stem and its fusion. */
type NetworkConfig = PipelineConfig & { readonly dim: number };

/** One way to merge views: a model to train, and the predictions to read off it. */
export interface Merging {
  readonly id: string;
  /** `map` can train on cached maps of a frozen stem; `image` needs the images at each step. */
  readonly from: "image" | "map";
  readonly rows: readonly Row[];
  build(stem: ImageEncoder, config: NetworkConfig, views: number): MultiViewClassifier<string, unknown>;
  /** Outputs that the loss needs. */
  readonly learns: readonly string[];
  loss(outputs: Readonly<Record<string, tf.Tensor>>, labels: tf.Tensor1D, mask: tf.Tensor2D): MultiTermLoss;
}

/** A low map of the trunk: stride 4, before most of the network. */
const LOW_STAGE = "block_1_project_BN";

const fusedLoss: Merging["loss"] = (outputs, labels) => {
  const total = crossEntropy(outputs["fused"] as tf.Tensor2D, labels);
  return { total, terms: { fused: total } };
};

const viewLoss: Merging["loss"] = (outputs, labels, mask) => {
  const total = viewCrossEntropy(outputs["single"] as tf.Tensor3D, labels, { mask });
  return { total, terms: { single: total } };
};

const row = (output: string, name: string, description: string): Row => ({ output, name, description });

/** A network whose views meet where the fusion says. */
const fused = (
  id: string,
  name: string,
  description: string,
  fusion: (config: NetworkConfig, views: number) => Fusion,
  { from = "map", ...more }: { readonly from?: Merging["from"]; readonly mergeStage?: string } = {},
): Merging => ({
  ...{ id, from, rows: [row("fused", name, description)], learns: ["fused"], loss: fusedLoss },
  build: (stem, config, views) => multiViewClassifier(stem, { ...config, ...more }, { fused: fusion(config, views) }),
});

const hybrid = (id: string, lambda: number, rows: readonly Row[]): Merging => ({
  ...{ id, from: "map", rows, learns: ["single", "fused"], build: mvHfmd },
  loss({ single, fused }, labels, mask) {
    // from one view on: every row is asked about one view as well, so it is taught to answer
    const options = { lambda, mask, minFusedViews: 1 };
    return mvHfmdLoss({ single: single as tf.Tensor3D, fused: fused as tf.Tensor2D }, labels, options);
  },
});

/** Every way to merge views that the demo compares, the paper's last. */
export const mergings: readonly Merging[] = [
  {
    ...{ id: "single", from: "map", learns: ["single"], loss: viewLoss },
    rows: [
      row("single", "single view", "A network that is trained and tested on single views."),
      row("logits", "score, mean logits", "The same network; its logits are averaged over the views."),
      row("probabilities", "score, mean probabilities", "The same network; its probabilities are averaged over the views."), // prettier-ignore
    ],
    build: (stem, config) =>
      multiViewClassifier(stem, config, { logits: meanFusion("logits"), probabilities: meanProbabilities() }),
  },
  fused(
    "early-image",
    "early, image",
    "The images are averaged, and the network sees their mean as one image.",
    () => meanFusion("image"),
    { from: "image" },
  ),
  fused(
    "early-map",
    "early, low map",
    "The maximum over the views of the feature maps at stride 4; the rest of the trunk runs once.",
    () => maxFusion("map"),
    { from: "image", mergeStage: LOW_STAGE },
  ),
  fused("late-mean", "late, mean", "The mean of the views' feature vectors is classified.", () => meanFusion("vector")),
  fused("late-max", "late, max", "The maximum over the views of the feature vectors is classified.", () =>
    maxFusion("vector"),
  ),
  fused(
    "late-concat",
    "late, concat",
    "The views' feature vectors are concatenated, and projected to the length of a single one.",
    ({ dim }, views) => concatFusion({ at: "vector", slots: views, channels: dim }),
  ),
  fused(
    "late-attention",
    "late, attention",
    "A mean of the views' feature vectors is classified, with weights that are learned from the vectors.",
    ({ dim }) => attentionFusion({ dim }),
  ),
  fused("token", "token", "The tokens of all views go through the transformer as one sequence.", ({ dim }) =>
    tokenFusion({ dim, slots: null }),
  ),
  hybrid("hybrid", 0, [
    row("fused", "hybrid", "Token fusion and single views share one transformer, and each has a loss."),
  ]),
  hybrid("mv-hfmd", 0.1, [
    row("fused", "hybrid + distillation", "MV-HFMD: the hybrid, whose fused and single predictions also learn from each other."), // prettier-ignore
    row("score", "… its score", "The same network; its logits of single views are averaged."),
    row("single", "… its single view", "The same network, tested on one view alone."),
  ]),
];

/** An untrained model that merges views in this way. It owns the stem. */
export function modelOf(merging: Merging, stem: ImageEncoder, classes: number, settings: Settings) {
  const { size, stage, dim, depth, heads, seed, views } = settings;
  return merging.build(stem, { classes, imageSize: [size, size], stage, dim, depth, heads, seed }, views);
}
