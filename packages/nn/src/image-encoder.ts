import type * as tf from "@tensorflow/tfjs-core";
import type { Context } from "./context.js";
import type { Module } from "./module.js";

/** A named feature map of an encoder. */
export interface Stage {
  /** Name of the stage, as in the original library. */
  readonly name: string;
  /** Channels of the map. */
  readonly channels: number;
  /**
   * Pixels of the image per cell of the map, along each axis. If the stride does not divide the size of the image, the
   * encoder decides how the size of the map is rounded.
   */
  readonly stride: number;
}

/** Which feature maps `ImageEncoder.maps` returns, and where it starts. */
export interface MapOptions {
  /** Names of the stages whose maps are returned; nothing deeper is computed. Default: the last stage. */
  readonly take?: readonly string[];
  /** Name of the stage whose map `x` is. The stages after it are run. Default: `x` holds images. */
  readonly from?: string;
}

/** A network from images to feature maps at several strides, and to one vector an image. Often called a backbone. */
export interface ImageEncoder extends Module {
  /** All stages, in order of depth. Their names are the layers' names in the original library. */
  readonly stages: readonly [Stage, ...Stage[]];
  /** Channels of the images. */
  readonly inChannels: number;
  /** Length of the vector of an image. */
  readonly dim: number;
  /**
   * @param x - images, or the map of stage `from`, [batch, height, width, channels]
   * @returns one map for each name in `take`, in that order, [batch, ~height / stride, ~width / stride, channels]
   * @throws RangeError for an unknown stage, or one in `take` that is not deeper than `from`
   */
  maps(x: tf.Tensor4D, ctx: Context, options?: MapOptions): tf.Tensor4D[];
  /** @param images - [batch, height, width, channels]  @returns [batch, dim]: the last map averaged over its cells */
  vector(images: tf.Tensor4D, ctx: Context): tf.Tensor2D;
}

/** Finds a stage of an encoder by its name. @throws RangeError that lists the names of all stages */
export function stageOf(encoder: Pick<ImageEncoder, "stages">, name: string, who = "stageOf"): Stage {
  const found = encoder.stages.find((stage) => stage.name === name);
  if (!found)
    throw new RangeError(
      `${who}: no stage \`${name}\`; there are ${encoder.stages.map((stage) => stage.name).join(", ")}.`,
    );
  return found;
}
