import { byteCache, geotiffSource, pixelsSource, tensorSource, type TileSource } from "@fovea/data";
import { tiledImage } from "@fovea/data/node";
import type { Pixels } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { SourceName } from "./cases.js";
import type { ImageFiles } from "./protocol.js";
import { sceneOf } from "./write-image.js";

/** Options of a source that keeps nothing, and reads up to eight blocks at once. */
const options = () => ({ cache: byteCache(0), concurrency: 8 });

/** One image, from each kind of source. */
export const sources: Readonly<Record<SourceName, (files: ImageFiles, side: number) => Promise<TileSource>>> = {
  "tiled-image": ({ tiff }) => tiledImage(tiff, options()),
  geotiff: ({ tiff }) => geotiffSource(tiff, options()),
  "deep-zoom": (files) => tiledImage(files["deep-zoom"], options()),
  pixels: async ({ tiff }) => pixelsSource(await pixelsOf(tiff)),
  tensor: async ({ tiff }) => {
    const { data, width, height } = await pixelsOf(tiff);
    const tensor = tf.tensor3d(Int32Array.from(data), [height, width, 3], "int32");
    try {
      return await tensorSource(tensor);
    } finally {
      tensor.dispose();
    }
  },
  scene: async (_, side) => (await sceneOf(side)).source(options()),
};

async function pixelsOf(file: string): Promise<Pixels> {
  const source = await tiledImage(file, options());
  const { width, height } = source;
  const pixels = await source.read({ left: 0, top: 0, width, height });
  await source.close();
  return pixels;
}
