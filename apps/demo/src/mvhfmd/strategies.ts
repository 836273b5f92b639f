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

/** What a strategy reads of its model, and how a reader sees it. */
export interface Row {
  readonly name: string;
  readonly description: string;
  /** The model's output that is the prediction. `"single"`: each view for itself. */
  readonly output: string;
}

/** One model to train, and the predictions to read off it. */
export interface Strategy {
  readonly id: string;
  /** `map` can train on cached maps of a frozen stem; `image` needs the pictures at each step. */
  readonly from: "image" | "map";
  readonly rows: readonly Row[];
  build(stem: ImageEncoder, config: PipelineConfig, views: number): MultiViewClassifier<string, unknown>;
  /** Outputs that the loss needs. */
  readonly learns: readonly string[];
  loss(outputs: Readonly<Record<string, tf.Tensor>>, labels: tf.Tensor1D, mask: tf.Tensor2D): MultiTermLoss;
}

/** A low map of the trunk: stride 4, before most of the network. */
const LOW_STAGE = "block_1_project_BN";

const fusedLoss: Strategy["loss"] = (outputs, labels) => {
  const total = crossEntropy(outputs["fused"] as tf.Tensor2D, labels);
  return { total, terms: { fused: total } };
};

const viewLoss: Strategy["loss"] = (outputs, labels, mask) => {
  const total = viewCrossEntropy(outputs["single"] as tf.Tensor3D, labels, { mask });
  return { total, terms: { single: total } };
};

interface FusedOptions {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly from?: "image" | "map";
  readonly mergeStage?: string;
  readonly fusion: (config: PipelineConfig, views: number) => Fusion;
}

const fused = ({ id, name, description, from = "map", mergeStage, fusion }: FusedOptions): Strategy => ({
  id,
  from,
  rows: [{ name, description, output: "fused" }],
  build: (stem, config, views) =>
    multiViewClassifier(stem, { ...config, ...(mergeStage && { mergeStage }) }, { fused: fusion(config, views) }),
  learns: ["fused"],
  loss: fusedLoss,
});

const dimOf = (config: PipelineConfig) => config.dim ?? 384;

const hybrid = (id: string, lambda: number, rows: readonly Row[]): Strategy => ({
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
export const STRATEGIES: readonly Strategy[] = [
  {
    id: "single",
    from: "map",
    rows: [
      { name: "single view", description: "Trained view by view, asked about one view.", output: "single" },
      { name: "score, mean logits", description: "The same network; the mean of the views' logits.", output: "logits" },
      {
        name: "score, mean probabilities",
        description: "The same network; the mean of the views' probabilities.",
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
    description: "The mean of the pictures, seen as one picture.",
    from: "image",
    fusion: () => meanFusion("image"),
  }),
  fused({
    id: "early-map",
    name: "early, low map",
    description: "The largest value of the views' maps at stride 4, then the rest of the trunk.",
    from: "image",
    mergeStage: LOW_STAGE,
    fusion: () => maxFusion("map"),
  }),
  fused({
    id: "late-mean",
    name: "late, mean",
    description: "The mean of the views' vectors.",
    fusion: () => meanFusion("vector"),
  }),
  fused({
    id: "late-max",
    name: "late, max",
    description: "The largest value of the views' vectors.",
    fusion: () => maxFusion("vector"),
  }),
  fused({
    id: "late-concat",
    name: "late, concat",
    description: "The views' vectors side by side, projected back to the length of one.",
    fusion: (config, views) => concatFusion({ at: "vector", slots: views, channels: dimOf(config) }),
  }),
  fused({
    id: "late-attention",
    name: "late, attention",
    description: "A weighted mean of the views' vectors; the weights are learned from the vectors.",
    fusion: (config) => attentionFusion({ dim: dimOf(config) }),
  }),
  fused({
    id: "token",
    name: "token",
    description: "The tokens of all views as one sequence through the transformer.",
    fusion: (config) => tokenFusion({ dim: dimOf(config), slots: null }),
  }),
  hybrid("hybrid", 0, [
    { name: "hybrid", description: "Token fusion and each view alone, one transformer, two losses.", output: "fused" },
  ]),
  hybrid("mv-hfmd", 0.1, [
    {
      name: "hybrid + distillation",
      description: "MV-HFMD: the same, and the two predictions teach each other.",
      output: "fused",
    },
    { name: "… its score", description: "MV-HFMD's mean of the views' logits.", output: "score" },
    { name: "… its single view", description: "MV-HFMD asked about one view.", output: "single" },
  ]),
];

/** The strategies of the given ids, in the order of `STRATEGIES`. @throws RangeError for an unknown id */
export function strategiesOf(ids: readonly string[]): Strategy[] {
  const unknown = ids.find((id) => !STRATEGIES.some((strategy) => strategy.id === id));
  if (unknown !== undefined)
    throw new RangeError(
      `mvhfmd: no strategy \`${unknown}\`; there are ${STRATEGIES.map((strategy) => strategy.id).join(", ")}.`,
    );
  return STRATEGIES.filter((strategy) => ids.includes(strategy.id));
}
