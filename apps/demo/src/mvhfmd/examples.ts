import * as tf from "@tensorflow/tfjs-core";
import { toTensor, type ImageItem } from "@fovea/data";
import { predict, type MvHfmd } from "@fovea/models";
import { inferenceContext, stageOf } from "@fovea/nn";
import { classTokenAttention } from "@fovea/transformers";
import { attentionUrl, pictureUrl } from "../report/overlay.js";
import type { Example, ExampleView, Prediction } from "../run.js";
import { NORMALIZATION } from "./task.js";

/**
 * What an MV-HFMD model says of one collection, and where it looks.
 *
 * @param label - the true class, or null for pictures of which nobody knows
 */
export async function explain(
  model: MvHfmd,
  views: readonly ImageItem[],
  classes: readonly string[],
  label: number | null,
): Promise<Example> {
  const pictures = await Promise.all(views.map((view) => view.load()));
  const { single, fused, score, attention, grid } = tf.tidy(() => {
    const images = tf.expandDims(toTensor(pictures, NORMALIZATION)) as tf.Tensor5D;
    const maps = { views: model.encode(images, inferenceContext()), from: "map" } as const;
    return {
      single: (predict(model, maps, "single").arraySync() as number[][][])[0]!,
      fused: (predict(model, maps, "fused").arraySync() as number[][])[0]!,
      score: (predict(model, maps, "score").arraySync() as number[][])[0]!,
      attention: attentionOf(model, maps.views),
      grid: gridOf(model),
    };
  });
  const name = (probabilities: readonly number[]) => likeliest(probabilities, classes, label);
  const cells = grid[0] * grid[1];
  return {
    label: label === null ? "" : classes[label]!,
    fused: name(fused),
    score: name(score),
    views: await Promise.all(
      views.map(async (view, v): Promise<ExampleView> => ({
        source: view.group ?? view.id,
        picture: await pictureUrl(pictures[v]!),
        attention: await attentionUrl(pictures[v]!, attention.subarray(v * cells, (v + 1) * cells), grid),
        single: name(single[v]!),
      })),
    ),
  };
}

/** Cells of the map that became tokens. */
function gridOf({ config, stem }: MvHfmd): [height: number, width: number] {
  const { stride } = stageOf(stem, config.stage);
  return [Math.ceil(config.imageSize[0] / stride), Math.ceil(config.imageSize[1] / stride)];
}

/** Attention of the fused class token over every cell of every view, 1 where it is highest. */
function attentionOf(model: MvHfmd, maps: tf.Tensor): Float32Array {
  const layers: tf.Tensor4D[] = [];
  const ctx = inferenceContext((name, value) => {
    if (name.startsWith("fused/") && name.endsWith("/attention")) layers.push(tf.keep(tf.clone(value)) as tf.Tensor4D);
  });
  try {
    model.forward({ views: maps, from: "map" }, ctx, ["fused"]);
    const seen = classTokenAttention(layers);
    const [low, high] = [tf.min(seen), tf.max(seen)];
    return tf.div(tf.sub(seen, low), tf.maximum(tf.sub(high, low), 1e-9)).dataSync() as Float32Array;
  } finally {
    tf.dispose(layers);
  }
}

function likeliest(probabilities: readonly number[], classes: readonly string[], label: number | null): Prediction {
  const best = probabilities.reduce((top, p, i) => (p > probabilities[top]! ? i : top), 0);
  return { label: classes[best]!, probability: probabilities[best]!, right: label === null || best === label };
}
