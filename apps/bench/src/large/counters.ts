import { byteCache, type ByteCache } from "@fovea/data";
import type { Pixels } from "@fovea/nn";
import type { LargeImage } from "@fovea/nn";
import type { Reads } from "./protocol.js";

/** An image that counts what is read of it, by scale in the order of the first reads. */
export function countReads(image: LargeImage): LargeImage & { reads(): Reads[] } {
  const { width, height } = image;
  const byScale = new Map<number, Reads>();
  return {
    width,
    height,
    async read(region, scale = 1) {
      const block = await image.read(region, scale);
      const { count, pixels } = byScale.get(scale) ?? { count: 0, pixels: 0 };
      byScale.set(scale, { scale, count: count + 1, pixels: pixels + block.width * block.height });
      return block;
    },
    reads: () => [...byScale.values()],
  };
}

/** A cache that counts the bytes of pixels that have been decoded for it, whether it kept them or not. */
export function countDecoded(maxBytes: number): ByteCache & { decoded(): number } {
  const cache = byteCache(maxBytes);
  let decoded = 0;
  const counted = (load: () => Promise<Pixels>) => async () => {
    const pixels = await load();
    decoded += pixels.data.byteLength;
    return pixels;
  };
  const part = <Key>() => {
    const { get, clear } = cache.part<Key>();
    return { get: (key: Key, load: () => Promise<Pixels>) => get(key, counted(load)), clear };
  };
  return Object.assign(Object.create(cache) as ByteCache, { part, decoded: () => decoded });
}
