import type { LargeImage, Pixels, Region } from "@fovea/nn";

/** The region that is the full image. */
export const fullRegion = ({ width, height }: LargeImage): Region => ({ left: 0, top: 0, width, height });

/**
 * Reads a region, and refuses a block that is not of the size that was asked for: its pixels would be taken for others.
 */
export async function readRegion(image: LargeImage, region: Region, scale = 1): Promise<Pixels> {
  const block = await image.read(region, scale);
  const [width, height] = [region.width, region.height].map((side) => Math.max(1, Math.round(side * scale)));
  if (block.width !== width || block.height !== height || block.data.length !== width * height * 3)
    throw new RangeError(
      `image.read: expected ${width} × ${height} pixels of 3 bytes for ${JSON.stringify(region)} at scale ${scale}, also where that ` +
        `is outside of the image; got ${block.width} × ${block.height} and ${block.data.length} bytes.`,
    );
  return block;
}
