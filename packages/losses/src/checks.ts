import { inspect } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** Refuses numbers that are not finite or not > 0. @throws RangeError that names the caller and the argument */
export function requirePositive(who: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (!(value > 0 && value < Infinity))
      throw new RangeError(`${who}: expected a finite \`${name}\` > 0, got ${value}.`);
}

/** Refuses numbers that are not finite or below 0. @throws RangeError that names the caller and the argument */
export function requireNonNegative(who: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`${who}: expected a finite \`${name}\` ≥ 0, got ${value}.`);
}

/**
 * Refuses labels that are no class: `oneHot` would turn them into silent rows of zeros. The labels are read back, so
 * pass the labels that came with the data, never a tensor computed from them: reading that would wait for the engine.
 */
export function requireLabels(who: string, labels: tf.Tensor1D, classes: number, ignore = -1): void {
  requireIntegerLabels(who, labels);
  inspect(labels, (numbers) => {
    const row = numbers.findIndex((label) => label !== ignore && !(label >= 0 && label < classes));
    if (row >= 0)
      throw new RangeError(
        `${who}: expected \`labels\` in 0 … ${classes - 1} (classes=${classes} from the logits) or ` +
          `\`ignore\` ${ignore}, got ${numbers[row]} in row ${row}.`,
      );
  });
}

/** How far the probabilities of a row may be from adding up to 1: they may come from a file with few digits. */
const SUM_TOLERANCE = 1e-3;

/** Refuses soft targets that are no probabilities: below 0, not finite, or rows that do not add up to 1. */
export function requireTargets(who: string, targets: tf.Tensor2D): void {
  if (targets.dtype !== "float32")
    throw new TypeError(`${who}: expected soft targets \`labels\` of dtype float32, got ${targets.dtype}.`);
  const [batch, classes] = targets.shape;
  requireRows(who, "labels", batch);
  const refuse = (what: string, row: number) => {
    throw new RangeError(
      `${who}: expected soft targets \`labels\` ≥ 0 that add up to 1 in each row, got ${what} in row ${row}.`,
    );
  };
  inspect(targets, (values) => {
    for (let row = 0; row < batch; row++) {
      let sum = 0;
      for (const value of values.subarray(row * classes, (row + 1) * classes)) {
        if (!(value >= 0)) refuse(String(value), row);
        sum += value;
      }
      if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) refuse(`a sum of ${sum}`, row);
    }
  });
}

/** Refuses labels that are not int32, or no labels at all. Enough for losses that take any integer as a class. */
export function requireIntegerLabels(who: string, labels: tf.Tensor1D): void {
  if (labels.dtype !== "int32") throw new TypeError(`${who}: expected \`labels\` of dtype int32, got ${labels.dtype}.`);
  requireRows(who, "labels", labels.size);
}

/**
 * Refuses an empty batch: a mean over no rows is not defined, and wasm's sum of nothing is whatever its memory held.
 */
export function requireRows(who: string, argument: string, batch: number): void {
  if (batch === 0) throw new RangeError(`${who}: expected at least one row in \`${argument}\`, got an empty batch.`);
}

/** Refuses class weights that are not one for each class, or not finite and ≥ 0. */
export function requireClassWeights(who: string, classes: number, classWeights: readonly number[] | undefined): void {
  if (!classWeights) return;
  if (classWeights.length !== classes)
    throw new RangeError(
      `${who}: expected one weight for each class in \`classWeights\` (classes=${classes} from \`logits\`), ` +
        `got ${classWeights.length}.`,
    );
  const bad = classWeights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad >= 0)
    throw new RangeError(`${who}: expected finite \`classWeights\` ≥ 0, got ${classWeights[bad]} for class ${bad}.`);
}

/** Refuses a label smoothing that is no share. */
export function requireSmoothing(who: string, labelSmoothing: number): void {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new RangeError(`${who}: expected \`labelSmoothing\` in [0, 1], got ${labelSmoothing}.`);
}
