import * as tf from "@tensorflow/tfjs-core";
import { toTensor, type ImageItem } from "@fovea/data";
import { attentionAddress, imageAddress, percent, type Figure } from "@fovea/experiment";
import type { MultiViewClassifier } from "@fovea/models";
import { inferenceContext } from "@fovea/nn";
import { classTokenAttention } from "@fovea/transformers";
import { NORMALIZATION } from "../splits.js";
import type { Merging } from "./merging.js";

/** A model that is trained, and what its predictions are called. */
export interface Trained {
  readonly model: MultiViewClassifier<string, unknown>;
  readonly merging: Merging;
  readonly classes: readonly string[];
}

/** The likeliest class. */
export type Prediction = { readonly label: string; readonly probability: number };

/** What a model says of one collection, and where it looks. */
export interface Explanation {
  /** What it says of the collection. */
  readonly prediction: Prediction;
  /** What it says of each view alone. */
  readonly alone: readonly Prediction[];
  readonly figure: Figure;
}

/** @param truth - the true class; without one nothing is marked as right or wrong */
export async function explain(
  trained: Trained,
  title: string,
  views: readonly ImageItem[],
  truth?: string,
): Promise<Explanation> {
  const { grid } = trained.model;
  const images = await Promise.all(views.map((view) => view.load()));
  const { together, alone, attention } = look(trained, toTensor(images, NORMALIZATION));
  const words = ({ label, probability }: Prediction) =>
    `${truth === undefined ? "" : label === truth ? "✓ " : "✗ "}${label} ${percent(probability)} %`;
  const names = views.map((view) => view.group ?? view.id);
  const seen = images.map(async (image, v) => ({
    ...{ source: await imageAddress(image), alt: `${title}, ${names[v]}` },
    caption: `${names[v]}: ${words(alone[v]!)}`,
  }));
  const cells = grid[0] * grid[1];
  const heat = images.map(async (image, v) => {
    const from = (v * cells) % attention.length; // views that are merged before the transformer share one map
    const source = await attentionAddress(image, attention.subarray(from, from + cells), grid);
    return { source, alt: `${title}, ${names[v]}: where the model looks` };
  });
  const note = Object.entries(together)
    .map(([output, prediction]) => `**${output}** ${words(prediction)}`)
    .join(" · ");
  const rows = [{ images: await Promise.all(seen) }, { images: await Promise.all(heat) }];
  return { prediction: Object.values(together)[0]!, alone, figure: { title, note, rows } };
}

interface Look {
  /** By output; the first one is the variant's prediction. */
  readonly together: Record<string, Prediction>;
  readonly alone: Prediction[];
  /** Attention of the class token over every cell of every view, 1 where it is highest. */
  readonly attention: Float32Array;
}

/** One pass over the views of one collection, and one over each of them; disposes `images`. */
function look({ model, merging, classes }: Trained, images: tf.Tensor4D): Look {
  const outputs = merging.rows.map(({ output }) => output).filter((output) => output !== "single");
  const main = outputs[0]!;
  const layers = { together: [] as tf.Tensor4D[], alone: [] as tf.Tensor4D[] };
  const ctx = inferenceContext((name, value) => {
    if (!name.endsWith("/attention") || value.rank !== 4) return;
    layers[name.startsWith(`${main}/`) ? "together" : "alone"].push(tf.keep(tf.clone(value)) as tf.Tensor4D);
  });
  try {
    return tf.tidy(() => {
      const logits = model.forward({ views: tf.expandDims(images) }, ctx, outputs);
      const seen = classTokenAttention(layers.together.length > 0 ? layers.together : layers.alone);
      const [low, high] = [tf.min(seen), tf.max(seen)];
      const alone = merging.learns.includes("single") ? "single" : main;
      const each = model.forward({ views: tf.expandDims(images, 1) }, inferenceContext(), [alone])[alone]!;
      return {
        together: Object.fromEntries(outputs.map((name) => [name, predictionsOf(logits[name]!, classes)[0]!])),
        alone: predictionsOf(each, classes),
        attention: tf.div(tf.sub(seen, low), tf.maximum(tf.sub(high, low), 1e-9)).dataSync() as Float32Array,
      };
    });
  } finally {
    tf.dispose([images, layers]);
  }
}

const predictionsOf = (logits: tf.Tensor, classes: readonly string[]): Prediction[] => {
  const shares = tf.softmax(tf.reshape(logits, [-1, classes.length])).arraySync() as number[][];
  return shares.map((row) => {
    const best = row.reduce((top, p, i) => (p > row[top]! ? i : top), 0);
    return { label: classes[best]!, probability: row[best]! };
  });
};
