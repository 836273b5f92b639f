import type { Pixels } from "@fovea/nn";
import sharp, { type Sharp } from "sharp";

const SIDE = 148; // twice what the page shows, for sharp screens

/** @param side - null: the image's own */
async function webp(image: Sharp, side: number | null): Promise<string> {
  const quality = side === null ? 84 : 82; // at its own size each pixel is seen
  const encoded = await image.resize(side, side).webp({ quality }).toBuffer();
  return `data:image/webp;base64,${encoded.toString("base64")}`;
}

/** An image as a `data:` address. @param side - the image is made a square of it. Default: for pages; null: as it is */
export const imageAddress = (pixels: Pixels, side: number | null = SIDE): Promise<string> =>
  webp(imageOf(pixels), side);

const imageOf = ({ width, height, channels, data }: Pixels) => sharp(data, { raw: { width, height, channels } });

/**
 * An image darkened where it is not looked at, as a `data:` address.
 *
 * @param heat - one weight a map cell, row by row, each in [0, 1]
 * @param grid - cells of the map along height and width
 */
export async function attentionAddress(
  pixels: Pixels,
  heat: ArrayLike<number>,
  grid: readonly [number, number],
): Promise<string> {
  const [height, width] = grid;
  const shade = Uint8Array.from({ length: height * width * 4 }, (_, i) =>
    i % 4 === 3 ? 225 * (1 - heat[i >> 2]!) : 8,
  );
  const veil = await sharp(shade, { raw: { width, height, channels: 4 } })
    .resize(SIDE, SIDE, { kernel: "cubic", fit: "fill" })
    .png()
    .toBuffer();
  return webp(imageOf(pixels).composite([{ input: veil }]), SIDE); // which is resized first
}
