import type * as tf from "@tensorflow/tfjs-core";

/**
 * Refuses labels that are no class: `oneHot` would turn them into silent rows of zeros. This reads them back, so hand it
 * the labels as they came with the data, never a tensor made from them: reading that would wait for the engine.
 */
export function checkLabels(who: string, labels: tf.Tensor1D, classes: number, ignoreIndex = -1): void {
  if (labels.dtype !== "int32") throw new TypeError(`${who}: expected \`labels\` of dtype int32, got ${labels.dtype}.`);
  labels.dataSync().forEach((label, row) => {
    if (label !== ignoreIndex && !(label >= 0 && label < classes))
      throw new RangeError(
        `${who}: expected \`labels\` in 0 … ${classes - 1} (classes=${classes} from the logits) or ` +
          `\`ignoreIndex\` ${ignoreIndex}, got ${label} in row ${row}.`,
      );
  });
}
