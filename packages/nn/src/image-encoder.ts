import type * as tf from "@tensorflow/tfjs-core";
import type { Context } from "./context.js";
import type { Module } from "./module.js";

/** One named map of an encoder. */
export interface Stage {
  readonly name: string;
  readonly channels: number;
  /**
   * Input pixels per cell of the map, along one side. How a side that it does not divide is rounded is the encoder's
   * affair.
   */
  readonly stride: number;
}

/** Where a partial run of an encoder starts and which maps it returns. */
export interface MapOptions {
  /** Names of the stages whose maps are wanted; nothing deeper is computed. Default: the last stage. */
  readonly take?: readonly string[];
  /** `x` is the map of this stage instead of the images. Default: `x` is images. */
  readonly from?: string;
}

/** Images to maps at several strides, and to one vector. */
export interface ImageEncoder extends Module {
  /** In order of depth. Names are those of the original library's layers. */
  readonly stages: readonly [Stage, ...Stage[]];
  /** Channels of the images it takes. */
  readonly inChannels: number;
  /** Length of `vector`. */
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

/** The declared stage of that name. @throws RangeError that lists the names there are */
export function stageOf(encoder: Pick<ImageEncoder, "stages">, name: string, who = "stageOf"): Stage {
  const found = encoder.stages.find((stage) => stage.name === name);
  if (!found)
    throw new RangeError(
      `${who}: no stage \`${name}\`; there are ${encoder.stages.map((stage) => stage.name).join(", ")}.`,
    );
  return found;
}
