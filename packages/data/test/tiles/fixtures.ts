import { fileURLToPath } from "node:url";

/**
 * A TIFF of `waves(60, 40)` in tiles of 32 × 32, in a compression that sharp lacks. Written by GDAL 3.6:
 *
 *     gdal_translate -co TILED=YES -co BLOCKXSIZE=32 -co BLOCKYSIZE=32 -co COMPRESS=…
 *     "zstandard": ZSTD, PREDICTOR=2        "lerc": LERC        "lerc-zstandard": LERC_ZSTD
 */
export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}.tif`, import.meta.url));
