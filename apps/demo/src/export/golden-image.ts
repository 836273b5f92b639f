import { decodeImage } from "@fovea/data/node";
import { rng, type Pixels } from "@fovea/nn";
import sharp from "sharp";
import type { GoldenImage } from "./plan.js";

/** The image of a file, or a painted one: slopes of colour with noise, so that no part is like another. */
export const goldenImage =
  (path?: string): GoldenImage =>
  (height, width) =>
    path === undefined ? Promise.resolve(painted(height, width)) : decodeImage(path, { size: [height, width] });

function painted(height: number, width: number): Pixels {
  const noise = rng(0)
    .split("golden image")
    .uniform(height * width, 0, 60);
  const data = new Uint8Array(height * width * 3);
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const slopes = [row / height, column / width, (row + column) / (height + width)];
      for (const slope of slopes) data[at++] = Math.round(noise[row * width + column]! + 195 * slope);
    }
  return { width, height, channels: 3, data };
}

/** The bytes of a PNG file. */
export const pngOf = ({ data, width, height }: Pixels): Promise<Uint8Array> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
