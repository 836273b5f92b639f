// What runs in a browser: no file system, no native code.
export { byteCache, type ByteCache, type CachePart } from "./byte-cache.js";
export { ImageFileError } from "./image-file-error.js";
export { processImages, type ImageFailure, type ProcessedImages, type ProcessImagesOptions } from "./process-images.js";
export type { ByteInput } from "./tiles/byte-file.js";
export type { FileSource, SkippedPage, StoredLevel } from "./tiles/file-source.js";
export {
  byContrast,
  byIntensity,
  bySaturation,
  foregroundTiles,
  type ForegroundOptions,
  type KeepTile,
  type MeanRange,
} from "./tiles/foreground-tiles.js";
export { geotiffSource, type GeotiffOptions } from "./tiles/geotiff-source.js";
export { pixelsSource, tensorSource } from "./tiles/memory-sources.js";
export { pyramidSource, type PyramidConfig, type PyramidLevel, type TileOptions } from "./tiles/pyramid-source.js";
export { retrying, type RetryOptions } from "./tiles/retrying.js";
export type { SampleRange, TiffOptions } from "./tiles/tiff-options.js";
export type { TileSource } from "./tiles/tile-source.js";
