import { tiledImage } from "@fovea/data/node";
import type { LargeImage } from "@fovea/nn";
import sharp from "sharp";
import { countDecoded, countReads } from "./counters.js";
import type { ReadCounts } from "./protocol.js";

// the cache of libvips grows for hundreds of reads, and is of no use: blocks that are read again are in our own cache
sharp.cache(false);

/** What came of the use of an image. */
export interface Used<T> extends ReadCounts {
  readonly result: T;
  /** Milliseconds since the file was opened. */
  readonly ms: number;
}

/**
 * Opens an image with nothing in its cache, so that all that is needed is decoded, and closes it after its use.
 *
 * @param cacheBytes - bytes of decoded blocks that are kept
 */
export async function useImage<T>(
  file: string,
  side: number,
  cacheBytes: number,
  use: (image: LargeImage) => Promise<T>,
): Promise<Used<T>> {
  const start = performance.now();
  const cache = countDecoded(cacheBytes);
  const source = await tiledImage(file, { cache });
  try {
    if (source.width !== side || source.height !== side)
      throw new Error(`${file}: expected ${side} × ${side} pixels, got ${source.width} × ${source.height}.`);
    const image = countReads(source);
    const result = await use(image);
    return { result, ms: performance.now() - start, reads: image.reads(), decodedBytes: cache.decoded() };
  } finally {
    await source.close();
  }
}
