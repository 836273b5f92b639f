import type { Color } from "../../image.js";
import type { TileOptions } from "../../tiles/pyramid-source.js";
import type { TiffOptions } from "../../tiles/tiff-options.js";

/** How `tiledImage` reads a file, and how much of it is kept in memory. */
export interface TiledImageOptions extends TileOptions, TiffOptions {
  /**
   * Color of tiles that the file leaves out, 0 … 255. Default: in a sparse TIFF the number of `GDAL_NODATA` or 0, as in
   * GDAL; in Deep Zoom a missing tile is an error.
   */
  readonly missing?: Color;
  /**
   * What becomes of colours if the file has a colour profile: "ignore" gives the stored numbers, which is what
   * OpenSlide, tifffile and Pillow give and most networks were trained on; "convert" gives sRGB. `background` and
   * `missing` stay as they are. CMYK is always converted. Default "ignore".
   */
  readonly profile?: "ignore" | "convert";
}
