import * as tf from "@tensorflow/tfjs-core";
import { toTensor, type ImageItem } from "@fovea/data";
import type { MvHfmd } from "@fovea/models";
import { inferenceContext } from "@fovea/nn";
import { classTokenAttention } from "@fovea/transformers";
import { NORMALIZATION } from "../features.js";
import { attentionUrl, pictureUrl } from "../report/overlay.js";
import type { Example, ExampleView, Prediction } from "../run.js";

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
  const { single, fused, score, attention } = look(model, toTensor(pictures, NORMALIZATION));
  const grid = model.grid;
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

interface Look {
  /** Class probabilities of each view, of the fused pass, and of the mean of the logits. */
  readonly single: number[][];
  readonly fused: number[];
  readonly score: number[];
  /** Of the fused class token over every cell of every view, 1 where it is highest. */
  readonly attention: Float32Array;
}

/** One forward pass over the views of one collection; disposes `images`. */
function look(model: MvHfmd, images: tf.Tensor4D): Look {
  const layers: tf.Tensor4D[] = [];
  const ctx = inferenceContext((name, value) => {
    if (name.startsWith("fused/") && name.endsWith("/attention")) layers.push(tf.keep(tf.clone(value)) as tf.Tensor4D);
  });
  try {
    return tf.tidy(() => {
      const logits = model.forward({ views: tf.expandDims(images) }, ctx, ["single", "fused", "score"]);
      const seen = classTokenAttention(layers);
      const [low, high] = [tf.min(seen), tf.max(seen)];
      const probabilities = (x: tf.Tensor) => tf.squeeze(tf.softmax(x), [0]).arraySync();
      return {
        single: probabilities(logits.single) as number[][],
        fused: probabilities(logits.fused) as number[],
        score: probabilities(logits.score) as number[],
        attention: tf.div(tf.sub(seen, low), tf.maximum(tf.sub(high, low), 1e-9)).dataSync() as Float32Array,
      };
    });
  } finally {
    tf.dispose([images, layers]);
  }
}

function likeliest(probabilities: readonly number[], classes: readonly string[], label: number | null): Prediction {
  const best = probabilities.reduce((top, p, i) => (p > probabilities[top]! ? i : top), 0);
  return { label: classes[best]!, probability: probabilities[best]!, right: label === null || best === label };
}
