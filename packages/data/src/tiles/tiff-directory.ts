import type { TagReader, TiffSamples } from "./tiff-samples.js";

/** Where the bytes of a tile or strip lie. */
export interface ByteRange {
  readonly offset: number;
  /** Infinity where the header does not say it. */
  readonly length: number;
}

/** Where the bytes of a page lie. */
export interface ByteRanges {
  /**
   * Null where a sparse file leaves the tile or strip out.
   *
   * @param index - row by row, and sample after sample where each has tiles or strips of its own
   * @throws ImageFileError if the header does not say it
   */
  byteRange(index: number): Promise<ByteRange | null>;
  /** Whether some tile or strip may be left out. */
  hasGaps(): Promise<boolean>;
}

/** How a page is cut into tiles or strips. */
export interface TiffShape {
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  /**
   * Size of its tiles, or of its strips. In a strip that is not compressed a part of the rows counts as a strip.
   */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly samples: TiffSamples;
}

/** One image of a TIFF as its header describes it, before orientation. */
export interface TiffDirectory extends TiffShape, ByteRanges {
  /** Its number in the chain of pages; for a SubIFD that of its page. */
  readonly page: number;
  readonly subifd: number | null;
  /** Bits of NewSubfileType: 1 a coarser version of another page, 2 a page of many, 4 a mask of another. */
  readonly subfile: number;
  /** 1 … 8, as in EXIF. */
  readonly orientation: number;
  readonly littleEndian: boolean;
  /** @throws ImageFileError if the value is damaged */
  readonly tag: TagReader;
}
