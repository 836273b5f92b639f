import { byteCache, type TileSource } from "@fovea/data";
import { tiledImage } from "@fovea/data/node";
import sharp from "sharp";

/** Bytes of tiles that are kept in memory; also what an image may take that is no tiled one, and decoded as a whole. */
const FILE_BYTES = 2 ** 29;

/**
 * An image file, of which little is kept in memory: its tiles in a cache of ours, and nothing by libvips, whose own
 * would grow for hundreds of reads.
 */
export function openImage(path: string, cache = byteCache(FILE_BYTES)): Promise<TileSource> {
  sharp.cache(false);
  return tiledImage(path, { cache });
}
