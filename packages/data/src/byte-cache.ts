import type { Pixels } from "@fovea/nn";
import type { ImageItem, ImageSet } from "./image.js";

/** Decoded images that are kept while they fit; the one unused for longest goes first. */
export interface ByteCache {
  /** Bytes of the pixels in the cache; never above the budget. */
  readonly bytes: number;
  /** The budget. */
  readonly maxBytes: number;
  /** Calls of `get` that did not have to load. */
  readonly hits: number;
  readonly misses: number;
  /** The pixels of `item`. Concurrent calls for one item load it once; a load that fails is not remembered. */
  get(item: ImageItem): Promise<Pixels>;
  /** A part with keys of its own that shares the budget, for what is no item, such as the tiles of one image. */
  part<Key>(): CachePart<Key>;
}

/** One user's share of a cache. */
export interface CachePart<Key> {
  get(key: Key, load: () => Promise<Pixels>): Promise<Pixels>;
  /** Forgets what this part holds; the budget is free for others again. */
  clear(): void;
}

interface Entry {
  readonly pixels: Pixels;
  /** Takes the entry out of its part. */
  readonly leave: () => void;
}

/**
 * A cache of at most `maxBytes` bytes of pixels (an image of 224 × 224 takes 150,528). An image larger than that is
 * passed through. Items are told apart by identity, so one cache may serve several sets, and tiled images too.
 *
 * @throws RangeError if `maxBytes` is negative or not a number
 */
export function byteCache(maxBytes: number): ByteCache {
  if (!(maxBytes >= 0)) throw new RangeError(`byteCache: \`maxBytes\` must be at least 0, got ${maxBytes}.`);
  const cachedEntries = new Set<Entry>(); // a Set keeps the order of insertion: the first is the one longest unused
  const stats = { bytes: 0, hits: 0, misses: 0 };
  const drop = (entry: Entry) => {
    cachedEntries.delete(entry);
    entry.leave();
    stats.bytes -= entry.pixels.data.byteLength;
  };
  const hold = (entry: Entry) => {
    cachedEntries.add(entry);
    stats.bytes += entry.pixels.data.byteLength;
    for (const oldest of cachedEntries) {
      if (stats.bytes <= maxBytes) break;
      drop(oldest);
    }
  };
  const part = <Key>(): CachePart<Key> => {
    const entries = new Map<Key, Entry>();
    const loading = new Map<Key, Promise<Pixels>>();
    const start = async (key: Key, load: () => Promise<Pixels>) => {
      try {
        // later than `loading.set`, even for a `load` that throws at once
        const pixels = await Promise.resolve().then(load);
        if (pixels.data.byteLength > maxBytes) return pixels;
        const entry = { pixels, leave: () => entries.delete(key) };
        entries.set(key, entry);
        hold(entry);
        return pixels;
      } finally {
        loading.delete(key);
      }
    };
    const get = (key: Key, load: () => Promise<Pixels>): Promise<Pixels> => {
      const entry = entries.get(key);
      const pending = loading.get(key);
      stats[entry || pending ? "hits" : "misses"]++;
      if (entry) {
        cachedEntries.delete(entry); // to the end of the queue
        cachedEntries.add(entry);
        return Promise.resolve(entry.pixels);
      }
      if (pending) return pending;
      const started = start(key, load);
      loading.set(key, started);
      return started;
    };
    return { get, clear: () => [...entries.values()].forEach(drop) };
  };
  const items = part<ImageItem>();
  return {
    maxBytes,
    get: (item) => items.get(item, () => item.load()),
    part,
    get bytes() {
      return stats.bytes;
    },
    get hits() {
      return stats.hits;
    },
    get misses() {
      return stats.misses;
    },
  };
}

/** A copy of the set that keeps its images in `cache` once they are loaded. */
export function cached<Item extends ImageItem>(set: ImageSet<Item>, cache: ByteCache): ImageSet<Item> {
  return { ...set, items: set.items.map((item) => ({ ...item, load: () => cache.get(item) })) };
}
