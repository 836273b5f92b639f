/** How an image is stored. */
export type Layout = "tiff" | "deep-zoom";

/** The files of one image, one in each layout. */
export type ImageFiles = Readonly<Record<Layout, string>>;

/** Bytes resident, about: constant + perPixel · pixels of the image. */
export interface MemoryUse {
  readonly constant: number;
  readonly perPixel: number;
}

/** Reads at one scale: their number, and the number of pixels that they gave. */
export interface Reads {
  readonly scale: number;
  readonly count: number;
  readonly pixels: number;
}

/** What one step read of a large image. */
export interface ReadCounts {
  readonly reads: readonly Reads[];
  /** Bytes of pixels that decoders gave. */
  readonly decodedBytes: number;
}

/** What was read to segment a large image once, and in how many windows. */
export interface SegmentationFindings extends ReadCounts {
  readonly windows: number;
}

/** Tensors and reads of one step of a network on a large image, taken after the timed ones. */
export interface NetworkFindings extends ReadCounts {
  /** Bytes of tensors: between steps, and the most in the step by tfjs's count after each kernel. Weights included. */
  readonly tensors: { readonly held: number; readonly peak: number };
  /** N: the patches of the plan. */
  readonly patches: number;
  /** N′: the distinct tiles that patches come from; null for networks without tiles. */
  readonly tiles: number | null;
}
