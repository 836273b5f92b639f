import { fileURLToPath } from "node:url";

/**
 * A TIFF in a compression that sharp does not write.
 *
 * "zstandard", "lerc" and "lerc-zstandard" are `waves(60, 40)` in tiles of 32 × 32, by GDAL 3.6:
 *
 *     gdal_translate -co TILED=YES -co BLOCKXSIZE=32 -co BLOCKYSIZE=32 -co COMPRESS=…
 *     ZSTD, PREDICTOR=2        LERC        LERC_ZSTD
 *
 * "jpeg-422" is JPEG whose chroma is halved along the rows, by tifffile: 48 × 40 pixels in one strip, of which pixel i
 * is (230, 20, 40) where i modulo 7 is below 3, else (20, 60, 220).
 */
export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.tif`, import.meta.url));
