/**
 * Predicts an image file a thousand times, by two models in turn, and prints what is held after some and after all of
 * them.
 */
import { setTimeout } from "node:timers/promises";
import { byteCache } from "@fovea/data";
import { tiledImage } from "@fovea/data/node";
import { useEngine } from "@fovea/engine";
import { attentionSamplingClassifier, zoomInClassifier } from "@fovea/models";
import { rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";

/** What is held at one moment, in tensors and bytes. */
export interface Held {
  readonly numTensors: number;
  readonly numBytes: number;
  /** Of JavaScript's objects. */
  readonly heap: number;
  /** Of its buffers, less what the cache has. */
  readonly buffers: number;
  /** Of the whole process. */
  readonly rss: number;
}

const [path, early, all] = [process.argv[2]!, 200, 1000];
await useEngine();
sharp.cache(false); // up to 100 operations of libvips, made by many threads: glibc's malloc leaves gaps where they were
const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
await sharp({ create: { width: 2000, height: 1500, channels: 3, background: "grey", noise } })
  .tiff({ tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, bigtiff: true, compression: "none" })
  .toFile(path);
const cache = byteCache(4 * 256 * 256 * 3); // 4 of some 60 tiles: most predictions push out what others have read
const image = await tiledImage(path, { cache });
const shared = { classes: 3, patch: [27, 27], samples: 2 } as const;
const models = [
  zoomInClassifier({ ...shared, tile: [512, 512], firstScale: 1 / 32, secondScale: 1 / 16 }),
  attentionSamplingClassifier({ ...shared, scale: 1 / 32 }),
];

async function held(): Promise<Held> {
  for (let i = 0; i < 3; i++) {
    gc!(); // what is no longer used counts for nothing,
    await setTimeout(10); // and what native code held is given back
  }
  const { numTensors, numBytes } = tf.memory();
  const { heapUsed: heap, arrayBuffers, rss } = process.memoryUsage();
  return { numTensors, numBytes, heap, buffers: arrayBuffers - cache.bytes, rss };
}

const found: Held[] = [];
for (let done = 0; done < all; done++) {
  if (done === early) found.push(await held());
  await models[done % 2]!.predict(image, { mode: "sample", rng: rng(done) });
}
console.log(JSON.stringify([...found, await held()]));
await image.close();
