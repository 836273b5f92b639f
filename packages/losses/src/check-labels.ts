import type * as tf from "@tensorflow/tfjs-core";

/**
 * Refuses labels that are no class: `oneHot` would turn them into silent rows of zeros. This reads them back, so hand
 * it the labels as they came with the data, never a tensor made from them: reading that would wait for the engine.
 */
export function checkLabels(who: string, labels: tf.Tensor1D, classes: number, ignoreIndex = -1): void {
  checkLabelType(who, labels);
  labels.dataSync().forEach((label, row) => {
    if (label !== ignoreIndex && !(label >= 0 && label < classes))
      throw new RangeError(
        `${who}: expected \`labels\` in 0 … ${classes - 1} (classes=${classes} from the logits) or ` +
          `\`ignoreIndex\` ${ignoreIndex}, got ${label} in row ${row}.`,
      );
  });
}

/** All that can be asked of labels where any whole number is a class. */
export function checkLabelType(who: string, labels: tf.Tensor1D): void {
  if (labels.dtype !== "int32") throw new TypeError(`${who}: expected \`labels\` of dtype int32, got ${labels.dtype}.`);
  checkBatch(who, "labels", labels.size);
}

/** Refuses a mean over no rows at all; wasm's sum of nothing is what its memory held before. */
export function checkBatch(who: string, argument: string, batch: number): void {
  if (batch === 0) throw new RangeError(`${who}: expected at least one row in \`${argument}\`, got an empty batch.`);
}
