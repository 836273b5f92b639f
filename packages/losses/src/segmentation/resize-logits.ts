import { matchShapes, requireCounts } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Logits at another size, by bilinear interpolation. The corners of both grids are the same, as with PyTorch's
 * `align_corners=True`: row i of the result is at row i (rows - 1) / (height - 1) of the logits.
 *
 * Use it to compare the logits of a network with labels of full size. The result takes
 * batch · height · width · classes · 4 bytes.
 *
 * @param logits - [batch, rows, columns, classes]
 * @returns [batch, height, width, classes]
 * @throws RangeError for sizes that are not whole numbers of at least 1
 */
export function resizeLogits(logits: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const { rows, columns } = matchShapes("resizeLogits", { logits: "batch rows columns classes" }, { logits });
  requireCounts("resizeLogits", { height, width, rows, columns });
  return tf.tidy(() =>
    rows === height && columns === width ? tf.clone(logits) : tf.image.resizeBilinear(logits, [height, width], true),
  );
}
