import { requireCounts } from "@fovea/nn";
import { described } from "../described.js";

/** How often each class is predicted as each other class. Rows are the true classes, columns the predicted ones. */
export interface ConfusionMatrix {
  readonly counts: readonly (readonly number[])[];
  /** Share of samples on the diagonal; NaN before anything came. */
  readonly accuracy: number;
  /** Accuracy of each true class (recall); NaN for a class without samples. */
  readonly perClass: readonly number[];
  /** Mean of `perClass` over the classes that came: accuracy as if all were equally frequent. */
  readonly balancedAccuracy: number;
  /** Share of the predictions of each class that are right (precision); NaN for a class that is never predicted. */
  readonly precision: readonly number[];
  /**
   * F1 of each class, the harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN); NaN for a class that neither
   * came nor was predicted.
   */
  readonly f1: readonly number[];
  /** Mean of `f1` over the classes that came or were predicted. The same as scikit-learn's `f1_score` with "macro". */
  readonly macroF1: number;
  /**
   * Counts a batch: lists of classes, such as `await labels.data()`.
   *
   * @throws RangeError for lists of different lengths, or a class out of range; TypeError for tensors. Then nothing of
   * the batch is counted
   */
  add(labels: ArrayLike<number>, predictions: ArrayLike<number>): void;
}

/** A confusion matrix to add batches to. Samples with label `ignore`, default −1, do not count. */
export function confusionMatrix({ classes, ignore = -1 }: { classes: number; ignore?: number }): ConfusionMatrix {
  requireCounts("confusionMatrix", { classes });
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const mean = (values: readonly number[]) => {
    const present = values.filter((value) => !Number.isNaN(value));
    return sum(present) / present.length;
  };
  const predicted = (i: number) => sum(counts.map((row) => row[i]!));
  const perClass = () => counts.map((row, i) => row[i]! / sum(row));
  const f1 = () => counts.map((row, i) => (2 * row[i]!) / (sum(row) + predicted(i)));
  const check = (what: string, value: number) => {
    if (counts[value] === undefined)
      throw new RangeError(`confusionMatrix: ${what} ${value} is not among ${classes} classes.`);
  };
  return {
    counts,
    get accuracy() {
      return sum(counts.map((row, i) => row[i]!)) / sum(counts.map(sum));
    },
    get perClass() {
      return perClass();
    },
    get balancedAccuracy() {
      return mean(perClass());
    },
    get precision() {
      return counts.map((row, i) => row[i]! / predicted(i));
    },
    get f1() {
      return f1();
    },
    get macroF1() {
      return mean(f1());
    },
    add: (labels, predictions) => {
      requireLists({ labels, predictions });
      if (labels.length !== predictions.length)
        throw new RangeError(`confusionMatrix: got ${labels.length} labels, but ${predictions.length} predictions.`);
      const counted = Array.from(labels, (_, i) => i).filter((i) => labels[i] !== ignore);
      for (const i of counted) {
        check("label", labels[i]!);
        check("prediction", predictions[i]!);
      }
      for (const i of counted) counts[labels[i]!]![predictions[i]!]!++;
    },
  };
}

/** A tensor has no length, so that nothing of it would be counted. */
function requireLists(lists: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, list] of Object.entries(lists))
    if (typeof list.length !== "number")
      throw new TypeError(
        `confusionMatrix: \`${name}\` must be a list of classes, such as \`await labels.data()\`, got ${described(list)}.`,
      );
}
