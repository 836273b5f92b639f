import { byteCache, type ByteCache } from "@fovea/data";
import type { LargeImage, Pixels } from "@fovea/nn";

/** Reads at one scale: how many, and the pixels that they gave. */
export interface Reads {
  readonly scale: number;
  readonly count: number;
  readonly pixels: number;
}

/** The same picture, and what has been read of it, in the order in which scales were first asked for. */
export function countedPicture(picture: LargeImage): LargeImage & { reads(): Reads[] } {
  const { width, height } = picture;
  const byScale = new Map<number, Reads>();
  return {
    width,
    height,
    async read(region, scale = 1) {
      const block = await picture.read(region, scale);
      const { count, pixels } = byScale.get(scale) ?? { count: 0, pixels: 0 };
      byScale.set(scale, { scale, count: count + 1, pixels: pixels + block.width * block.height });
      return block;
    },
    reads: () => [...byScale.values()],
  };
}

/** A cache that knows how many bytes of pixels have been decoded for it, whether it kept them or not. */
export function countedCache(maxBytes: number): ByteCache & { decoded(): number } {
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
