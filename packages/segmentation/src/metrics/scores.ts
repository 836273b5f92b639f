import { requireOneOf } from "@fovea/nn";
import type { ConfusionMatrix } from "./confusion-matrix.js";

/**
 * A score of a class c, of the pixels of the class t_c, those taken for it p_c, and those that are both n_c:
 *
 * | score | formula | left out if |
 * | --- | --- | --- |
 * | `iou` | n_c / (t_c + p_c − n_c) | t_c = p_c = 0 |
 * | `dice` | 2 n_c / (t_c + p_c) | t_c = p_c = 0 |
 * | `accuracy` | n_c / t_c, also called recall | t_c = 0 |
 * | `precision` | n_c / p_c | p_c = 0 |
 */
export type Score = "iou" | "dice" | "accuracy" | "precision";

/**
 * How the scores s_c of classes become one number:
 *
 * | average | formula |
 * | --- | --- |
 * | `macro` | mean of s_c over the classes that are not left out |
 * | `micro` | the formula of the score, with its numerator and its denominator summed over classes |
 * | `weighted` | Σ t_c s_c / Σ t_c, so that each class counts as often as it is there |
 */
export type Average = "macro" | "micro" | "weighted";

/** The scores of one class. A score is undefined where its formula is 0 / 0. */
export interface ClassScores {
  /** Pixels of the class, t_c. */
  readonly pixels: number;
  readonly iou: number | undefined;
  readonly dice: number | undefined;
  readonly accuracy: number | undefined;
  readonly precision: number | undefined;
}

/** Numerator and denominator of a score. */
type Fraction = readonly [above: number, below: number];

interface Pixels {
  /** Pixels of the class. */
  readonly truth: number;
  /** Pixels taken for it. */
  readonly predicted: number;
  /** Pixels of the class that are taken for it. */
  readonly both: number;
}

const FORMULAS: Readonly<Record<Score, (pixels: Pixels) => Fraction>> = {
  iou: ({ truth, predicted, both }) => [both, truth + predicted - both],
  dice: ({ truth, predicted, both }) => [2 * both, truth + predicted],
  accuracy: ({ truth, both }) => [both, truth],
  precision: ({ predicted, both }) => [both, predicted],
};

/** The scores of each class, in their order. */
export const classScores = (matrix: ConfusionMatrix): ClassScores[] =>
  pixelsOf(matrix).map((pixels) => {
    const score = (name: Score) => quotient(FORMULAS[name](pixels));
    return {
      pixels: pixels.truth,
      iou: score("iou"),
      dice: score("dice"),
      accuracy: score("accuracy"),
      precision: score("precision"),
    };
  });

/** Which score `meanScore` averages, and how. */
export interface MeanScoreOptions {
  /** Default "iou". */
  readonly score?: Score | undefined;
  /** Default "macro". */
  readonly average?: Average | undefined;
}

/**
 * One number for a set of images. What the field calls mIoU is the default; others by name:
 *
 * | name | options |
 * | --- | --- |
 * | mIoU | none |
 * | mean accuracy | `{ score: "accuracy" }` |
 * | overall (pixel) accuracy | `{ score: "accuracy", average: "micro" }` |
 * | mean Dice | `{ score: "dice" }` |
 * | frequency-weighted IoU | `{ average: "weighted" }` |
 *
 * @param matrices - the counts of the whole set, as is usual; or a list with those of each image, whose scores are
 *   averaged over the images that have one
 * @throws RangeError if nothing has been counted
 */
export function meanScore(
  matrices: ConfusionMatrix | readonly ConfusionMatrix[],
  { score = "iou", average = "macro" }: MeanScoreOptions = {},
): number {
  requireOneOf("meanScore", { score }, Object.keys(FORMULAS));
  requireOneOf("meanScore", { average }, ["macro", "micro", "weighted"]);
  const all = "counts" in matrices ? [matrices] : matrices;
  const mean = meanOf(all.map((matrix) => averageOf(pixelsOf(matrix), score, average)));
  if (mean === undefined)
    throw new RangeError(
      "meanScore: expected at least one pixel that is not ignored, got none; nothing has been counted.",
    );
  return mean;
}

function averageOf(classes: readonly Pixels[], score: Score, average: Average): number | undefined {
  const fractions = classes.map(FORMULAS[score]);
  if (average === "macro") return meanOf(fractions.map(quotient));
  if (average === "micro") return quotient([sum(fractions.map(([above]) => above)), sum(fractions.map(([, below]) => below))]); // prettier-ignore
  const weighted = classes.map(({ truth }, c) => truth * (quotient(fractions[c]!) ?? 0));
  return quotient([sum(weighted), sum(classes.map(({ truth }) => truth))]);
}

function pixelsOf({ classes, counts }: ConfusionMatrix): Pixels[] {
  const all = Array.from({ length: classes }, (_, c) => c);
  return all.map((c) => ({
    truth: sum(all.map((p) => counts[c * classes + p]!)),
    predicted: sum(all.map((t) => counts[t * classes + c]!)),
    both: counts[c * classes + c]!,
  }));
}

const quotient = ([above, below]: Fraction): number | undefined => (below === 0 ? undefined : above / below);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function meanOf(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return quotient([sum(known), known.length]);
}
