/** A rectangle in whole pixels of an image at full resolution. It may reach outside the image. */
export interface Region {
  /** Column of the first pixel. */
  readonly left: number;
  /** Row of the first pixel. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * An 8-bit RGB image in memory, row by row, three bytes a pixel. It may be shared by a cache: never write to `data`.
 */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  /** height · width · 3 bytes. */
  readonly data: Uint8Array;
}

/** An image that need not fit into memory: it is read region by region. */
export interface LargeImage {
  /** Width at full resolution, in pixels. */
  readonly width: number;
  /** Height at full resolution, in pixels. */
  readonly height: number;
  /**
   * The pixels of a region at `scale`, default 1: round(width · scale) × round(height · scale) pixels, at least 1 × 1,
   * zeros where the region reaches outside the image.
   */
  read(region: Region, scale?: number): Promise<Pixels>;
}
