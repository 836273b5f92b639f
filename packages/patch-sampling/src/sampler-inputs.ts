import type * as tf from "@tensorflow/tfjs-core";

/**
 * A batch as tensors alone: the patches of all images, and what their weights are made of. The caller disposes it, by
 * `tf.dispose(inputs)`.
 */
export type SamplerInputs = {
  /** The patches of all images, one tensor for each size of patch, [patches, height, width, channels]. */
  patches: tf.Tensor4D[];
  /** The factor of each patch, as in `Draw`, in the row of its image, and 0 in the other rows, [batch, patches]. */
  factors: tf.Tensor2D;
  /** The attention of each stage. */
  stages: StageInputs[];
};

/** The attention maps of one stage, and where in them patches were drawn. */
export type StageInputs = {
  maps: MapInputs[];
  /** The cell of each patch: its index among the cells of all maps, int32, [patches]. */
  cells: tf.Tensor1D;
};

/** Attention maps of one form. */
export type MapInputs = {
  /** 1 for each map of the batch, 0 for those that fill up a group, [map]. */
  real: tf.Tensor1D;
} & (
  | {
      /** In training: what attention is computed of again, [map, view, height, width, channels]. */
      views: tf.Tensor5D;
      /** Whether attention is high where the network's is low: see `contrastAttention`. */
      contrast: boolean;
      /** The weights that the network had when each map was made, a number for each variable, int32, [map, weights]. */
      versions: tf.Tensor2D;
    }
  | {
      /** Else: the attention that was drawn from, [map, cells]. */
      attention: tf.Tensor2D;
    }
);
