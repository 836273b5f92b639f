import { matchShapes, ShapeError } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** The blocks of 2 × 2 cells of a map, row by row. */
export interface ImageBlocks {
  /** The largest number of each channel in each block, [batch, blocks, channels]. */
  readonly pooled: tf.Tensor3D;
  /** The mean of each channel in each block, [batch, blocks, channels]. */
  readonly means: tf.Tensor3D;
}

/**
 * Divides a map into blocks of 2 × 2 cells that do not overlap. Where the height or width is odd, the last row or
 * column is in no block: there are ⌊height / 2⌋ · ⌊width / 2⌋ blocks.
 *
 * @param map - [batch, height, width, channels]
 * @throws ShapeError if the map is smaller than one block
 */
export function imageBlocks(map: tf.Tensor4D): ImageBlocks {
  const { batch, height, width, channels } = matchShapes(
    "imageBlocks",
    { map: "batch height width channels" },
    { map },
  );
  if (height < 2 || width < 2)
    throw new ShapeError(
      `imageBlocks: expected \`map\` of at least 2 × 2 cells, which are one block, got [${map.shape.join(", ")}]; ` +
        "use larger images or a map of a smaller stride.",
    );
  const rows = (blocks: tf.Tensor4D) => tf.reshape<tf.Rank.R3>(blocks, [batch, -1, channels]);
  return tf.tidy(() => ({
    pooled: rows(tf.maxPool(map, 2, 2, "valid")),
    means: rows(tf.avgPool(map, 2, 2, "valid")),
  }));
}
