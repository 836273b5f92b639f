import { pyramidSource, type PyramidConfig, type PyramidLevel } from "./pyramid-source.js";
import type { TileSource } from "./tile-source.js";

/** A resolution that a file stores and reads are made of. */
export interface StoredLevel {
  /** Size in its own pixels, without the padding to full tiles. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the full resolution, along each axis, that one of its pixels covers: 1, 2, 4, … */
  readonly step: number;
}

/** A page of a TIFF that no read takes anything from, and why. */
export interface SkippedPage {
  /** Its number in the file, from 0 on; of a SubIFD the number of its page. */
  readonly page: number;
  /** Its number among the SubIFDs of its page; null for a page. */
  readonly subifd: number | null;
  readonly width: number;
  readonly height: number;
  readonly reason: string;
}

/** An image file that is read by rectangle: a `TileSource` that says what it found in the file. */
export interface FileSource extends TileSource {
  /** The full resolution first, then the coarser ones. A read at a small scale is slow if none of them is as coarse. */
  readonly levels: readonly StoredLevel[];
  /** Pages that are neither the image nor a coarser version of it that can be read: masks, labels, further images. */
  readonly skipped: readonly SkippedPage[];
}

/** The levels of a file that was opened. */
export interface OpenedFile {
  readonly levels: readonly [PyramidLevel, ...PyramidLevel[]];
  readonly skipped: readonly SkippedPage[];
  readonly close?: () => Promise<void>;
}

/** @throws RangeError as `pyramidSource` does; the file is closed then */
export async function fileSource(
  config: Omit<PyramidConfig, "levels" | "close">,
  { levels, skipped, close }: OpenedFile,
): Promise<FileSource> {
  try {
    const source = pyramidSource({ ...config, levels, ...(close && { close }) });
    const stored = levels.map(({ width, height, step = source.width / width }) => ({ width, height, step }));
    return { ...source, levels: stored, skipped };
  } catch (error) {
    await close?.();
    throw error;
  }
}
