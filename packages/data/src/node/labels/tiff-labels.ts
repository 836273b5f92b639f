import { fromArrayBuffer, type GeoTIFFImage } from "geotiff";
import type { Color } from "../../image.js";
import type { LabelMap } from "../../labels/label-map.js";
import type { LabelHeader } from "./label-header.js";

/** The first image of a TIFF in memory. */
export async function tiffImage(bytes: Uint8Array): Promise<GeoTIFFImage> {
  const tiff = await fromArrayBuffer(new Uint8Array(bytes).buffer); // `slice` of a Buffer would not copy
  tiff.parser.eager = !tiff.littleEndian; // what geotiff 3.0 reads later, it reads as if of little-endian files
  return tiff.getImage(0);
}

const UNSIGNED = 1;

/** What the header of a TIFF says. */
export function tiffHeader(image: GeoTIFFImage): LabelHeader {
  const [bands, depth] = [image.getSamplesPerPixel(), image.getBitsPerSample()];
  const kind = bands === 1 ? "ids" : `an image of ${bands} bands`;
  const whole = image.getSampleFormat() === UNSIGNED && (depth === 8 || depth === 16);
  return {
    width: image.getWidth(),
    height: image.getHeight(),
    depth,
    kind: bands > 1 || whole ? kind : `a TIFF of other numbers than whole ones of 8 or 16 bits without a sign`,
  };
}

/** The ids of a TIFF of one band, as they are stored. @throws Error if it is damaged */
export async function decodeTiffLabels(image: GeoTIFFImage): Promise<LabelMap> {
  const data = await image.readRasters({ interleave: true });
  if (!(data instanceof Uint8Array || data instanceof Uint16Array)) throw new Error("its samples are no whole numbers");
  const palette = await paletteOf(image);
  // `subarray`: geotiff.js puts width and height on the array itself
  return { width: image.getWidth(), height: image.getHeight(), data: data.subarray(), ...(palette && { palette }) };
}

/** The colour table, whose channels follow one another with 16 bits each. */
async function paletteOf({ fileDirectory }: GeoTIFFImage): Promise<Color[] | undefined> {
  if (!fileDirectory.hasTag("ColorMap")) return undefined;
  const values = (await fileDirectory.loadValue("ColorMap")) as ArrayLike<number>;
  const count = values.length / 3;
  const channel = (c: number, id: number) => values[c * count + id]! >> 8;
  return Array.from({ length: count }, (_, id): Color => [channel(0, id), channel(1, id), channel(2, id)]);
}
