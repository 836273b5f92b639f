import { byteCache, geotiffSource, pixelsSource, tensorSource, tiledImage, type TileSource } from "@fovea/data";
import type { Pixels } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { SourceName } from "./job.js";
import type { PictureFiles } from "./protocol.js";
import { sceneOf } from "./write-picture.js";

/** Nothing is kept, and eight blocks may be read at once. */
const options = () => ({ cache: byteCache(0), concurrency: 8 });

/** The same picture from everywhere. */
export const sources: Readonly<Record<SourceName, (files: PictureFiles, side: number) => Promise<TileSource>>> = {
  tiledImage: ({ tiff }) => tiledImage(tiff, options()),
  geotiffSource: ({ tiff }) => geotiffSource(tiff, options()),
  "Deep Zoom": (files) => tiledImage(files["deep-zoom"], options()),
  pixelsSource: async ({ tiff }) => pixelsSource(await allOf(tiff)),
  tensorSource: async ({ tiff }) => {
    const { data, width, height } = await allOf(tiff);
    const tensor = tf.tensor3d(Int32Array.from(data), [height, width, 3], "int32");
    try {
      return await tensorSource(tensor);
    } finally {
      tensor.dispose();
    }
  },
  Scene: async (_, side) => (await sceneOf(side)).source(options()),
};

async function allOf(file: string): Promise<Pixels> {
  const source = await tiledImage(file, options());
  const { width, height } = source;
  const pixels = await source.read({ left: 0, top: 0, width, height });
  await source.close();
  return pixels;
}
