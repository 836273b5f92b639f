import { requireCounts } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Label maps of any shape, as numbers or as a tensor. */
export type Labels = tf.Tensor | ArrayLike<number>;

/** What `confusionMatrix` counts. */
export interface ConfusionMatrixConfig {
  /** Number of classes. */
  readonly classes: number;
  /** Label of the pixels that do not count. Default 255. */
  readonly ignore?: number | undefined;
}

/** How many pixels of each class were taken for which. */
export interface ConfusionMatrix {
  /** Number of classes. */
  readonly classes: number;
  /** Pixels of class t taken for class p, at t · classes + p. */
  readonly counts: Float64Array;
  /**
   * Counts more pixels. It waits for the engine if tensors are still being computed; they are not disposed.
   *
   * @param truth - the classes of the pixels, or `ignore`
   * @param predicted - the classes they are taken for, as many; at ignored pixels anything
   * @throws RangeError for another number of pixels, or a label that is no class; nothing is counted then
   */
  add(truth: Labels, predicted: Labels): void;
}

/**
 * Counts pixels over a whole set of images, which may be of different sizes. `classScores` and `meanScore` read it.
 *
 * @throws RangeError if `classes` is below 1, or `ignore` is a class
 */
export function confusionMatrix({ classes, ignore = 255 }: ConfusionMatrixConfig): ConfusionMatrix {
  requireCounts("confusionMatrix", { classes });
  if (ignore >= 0 && ignore < classes)
    throw new RangeError(`confusionMatrix: \`ignore\` must be no class, 0 … ${classes - 1}, got ${ignore}.`);
  const counts = new Float64Array(classes * classes);
  const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
  return {
    classes,
    counts,
    add(truth, predicted) {
      const [t, p] = [numbersOf(truth), numbersOf(predicted)];
      if (t.length !== p.length)
        throw new RangeError(
          `confusionMatrix: expected \`predicted\` of ${t.length} pixels, as \`truth\`, got ${p.length}.`,
        );
      const wrong = findWrong(t, p, (label) => label === ignore, isClass);
      if (wrong) throw new RangeError(`confusionMatrix: expected classes 0 … ${classes - 1}${wrong.name === "truth" ? ` or ${ignore}` : ""} in \`${wrong.name}\`, got ${wrong.label} at pixel ${wrong.pixel}.`); // prettier-ignore
      for (let i = 0; i < t.length; i++) if (t[i] !== ignore) counts[t[i]! * classes + p[i]!]!++;
    },
  };
}

const numbersOf = (labels: Labels): ArrayLike<number> => (labels instanceof tf.Tensor ? labels.dataSync() : labels);

type Test = (label: number) => boolean;

function findWrong(truth: ArrayLike<number>, predicted: ArrayLike<number>, isIgnored: Test, isClass: Test) {
  for (let pixel = 0; pixel < truth.length; pixel++) {
    if (isIgnored(truth[pixel]!)) continue;
    if (!isClass(truth[pixel]!)) return { name: "truth", label: truth[pixel]!, pixel };
    if (!isClass(predicted[pixel]!)) return { name: "predicted", label: predicted[pixel]!, pixel };
  }
  return undefined;
}
