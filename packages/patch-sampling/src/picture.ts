import type { Context, Module } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** A rectangle of a picture at full resolution, in pixels. It may reach outside, where there is nothing: zeros. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** 8-bit RGB, row by row. */
export interface PixelBlock {
  readonly width: number;
  readonly height: number;
  /** height · width · 3 bytes. */
  readonly data: Uint8Array;
}

/** A picture that need not fit into memory. Every `TileSource` of `@fovea/data` is one. */
export interface Picture {
  /** At full resolution. */
  readonly width: number;
  readonly height: number;
  /** The region's pixels at `scale`, default 1: round(width · scale) × round(height · scale), at least 1 × 1. */
  read(region: Region, scale?: number): Promise<PixelBlock>;
}

/**
 * Reads a region, and refuses a block that is not of the size that was asked for: its pixels would be taken for others.
 */
export async function readBlock(picture: Picture, region: Region, scale = 1): Promise<PixelBlock> {
  const block = await picture.read(region, scale);
  const [width, height] = [region.width, region.height].map((side) => Math.max(1, Math.round(side * scale)));
  if (block.width !== width || block.height !== height || block.data.length !== width * height * 3)
    throw new RangeError(
      `picture.read: expected ${width} × ${height} pixels of 3 bytes for ${JSON.stringify(region)} at scale ${scale}, also where that ` +
        `is outside of the picture; got ${block.width} × ${block.height} and ${block.data.length} bytes.`,
    );
  return block;
}

/**
 * Says where to look. It must give the same numbers for the same view whenever it is asked, since it is asked twice,
 * once to draw and once to learn: no dropout, and no batch norm that trains.
 */
export interface AttentionNetwork extends Module {
  /** @param views - [batch, height, width, channels]  @returns logits of the cells, [batch, rows, columns] */
  forward(views: tf.Tensor4D, ctx: Context): tf.Tensor3D;
}

/** What there is to see at full resolution. */
export interface FeatureNetwork extends Module {
  /** @param patches - [batch, height, width, channels]  @returns [batch, dim] */
  forward(patches: tf.Tensor4D, ctx: Context): tf.Tensor2D;
}

/** Blocks of one size as what a network takes, [batch, height, width, channels]. */
export type ToTensor = (blocks: readonly PixelBlock[]) => tf.Tensor4D;
