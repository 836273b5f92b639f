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

/** One way to merge views: a model to train, and the predictions to read off it. */
export interface Merging {
  readonly id: string;
  /** `map` can train on cached maps of a frozen stem; `image` needs the images at each step. */
  readonly from: "image" | "map";
  readonly rows: readonly Row[];
  build(stem: ImageEncoder, config: PipelineConfig, views: number): MultiViewClassifier<string, unknown>;
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

interface FusedOptions extends Pick<Merging, "id"> {
  readonly name: string;
  readonly description: string;
  readonly from?: Merging["from"];
  readonly mergeStage?: string;
  readonly fusion: (config: PipelineConfig, views: number) => Fusion;
}

const fused = ({ id, name, description, from = "map", mergeStage, fusion }: FusedOptions): Merging => ({
  ...{ id, from, rows: [{ name, description, output: "fused" }], learns: ["fused"], loss: fusedLoss },
  build: (stem, config, views) =>
    multiViewClassifier(stem, { ...config, ...(mergeStage && { mergeStage }) }, { fused: fusion(config, views) }),
});

const dimOf = (config: PipelineConfig) => config.dim ?? 384;

const hybrid = (id: string, lambda: number, rows: readonly Row[]): Merging => ({
  id,
  from: "map",
  rows,
  build: (stem, config) => mvHfmd(stem, config),
  learns: ["single", "fused"],
  loss: ({ single, fused }, labels, mask) =>
    // from one view on: every row is asked about one view as well, so it is taught to answer
    mvHfmdLoss({ single: single as tf.Tensor3D, fused: fused as tf.Tensor2D }, labels, {
      lambda,
      mask,
      minFusedViews: 1,
    }),
});

/** Every way to merge views that the demo compares, the paper's last. */
export const mergings: readonly Merging[] = [
  {
    id: "single",
    from: "map",
    rows: [
      {
        name: "single view",
        description: "A network that is trained on single views, and tested on one view.",
        output: "single",
      },
      {
        name: "score, mean logits",
        description: "The same network; its logits are averaged over the views.",
        output: "logits",
      },
      {
        name: "score, mean probabilities",
        description: "The same network; its probabilities are averaged over the views.",
        output: "probabilities",
      },
    ],
    build: (stem, config) =>
      multiViewClassifier(stem, config, { logits: meanFusion("logits"), probabilities: meanProbabilities() }),
    learns: ["single"],
    loss: viewLoss,
  },
  fused({
    id: "early-image",
    name: "early, image",
    description: "The images are averaged, and the network sees their mean as one image.",
    from: "image",
    fusion: () => meanFusion("image"),
  }),
  fused({
    id: "early-map",
    name: "early, low map",
    description: "The largest values of the views' feature maps at stride 4 go through the rest of the trunk.",
    from: "image",
    mergeStage: LOW_STAGE,
    fusion: () => maxFusion("map"),
  }),
  fused({
    id: "late-mean",
    name: "late, mean",
    description: "The mean of the views' feature vectors is classified.",
    fusion: () => meanFusion("vector"),
  }),
  fused({
    id: "late-max",
    name: "late, max",
    description: "The largest values of the views' feature vectors are classified.",
    fusion: () => maxFusion("vector"),
  }),
  fused({
    id: "late-concat",
    name: "late, concat",
    description: "The views' feature vectors are concatenated, and projected back to the length of one.",
    fusion: (config, views) => concatFusion({ at: "vector", slots: views, channels: dimOf(config) }),
  }),
  fused({
    id: "late-attention",
    name: "late, attention",
    description:
      "A weighted mean of the views' feature vectors is classified; the weights are learned from the vectors.",
    fusion: (config) => attentionFusion({ dim: dimOf(config) }),
  }),
  fused({
    id: "token",
    name: "token",
    description: "The tokens of all views go through the transformer as one sequence.",
    fusion: (config) => tokenFusion({ dim: dimOf(config), slots: null }),
  }),
  hybrid("hybrid", 0, [
    {
      name: "hybrid",
      description: "Token fusion and single views share one transformer, and each has a loss.",
      output: "fused",
    },
  ]),
  hybrid("mv-hfmd", 0.1, [
    {
      name: "hybrid + distillation",
      description: "MV-HFMD: the hybrid, whose fused and single predictions also learn from each other.",
      output: "fused",
    },
    { name: "… its score", description: "The same network; its logits of single views are averaged.", output: "score" },
    { name: "… its single view", description: "The same network, tested on one view alone.", output: "single" },
  ]),
];

/** An untrained model that merges views in this way. It owns the stem. */
export function modelOf(merging: Merging, stem: ImageEncoder, classes: number, settings: Settings) {
  const { size, stage, dim, depth, heads, seed, views } = settings;
  return merging.build(stem, { classes, imageSize: [size, size], stage, dim, depth, heads, seed }, views);
}
