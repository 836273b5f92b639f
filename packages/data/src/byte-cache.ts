import type { ImageItem, ImageSet, Pixels } from "./image.js";

/** Decoded pictures that are kept while they fit; the one unused for longest goes first. */
export interface ByteCache {
  /** Bytes of pixels held now; never above the budget. */
  readonly bytes: number;
  /** Calls of `get` that did not have to load. */
  readonly hits: number;
  readonly misses: number;
  /** The pixels of `item`. Concurrent calls for one item load it once; a load that fails is not remembered. */
  get(item: ImageItem): Promise<Pixels>;
}

/**
 * A cache of at most `maxBytes` bytes of pixels (a picture of 224 × 224 takes 150,528). A picture larger than that is passed
 * through. Items are told apart by identity, so one cache may serve several sets.
 *
 * @throws RangeError if `maxBytes` is negative or not a number
 */
export function byteCache(maxBytes: number): ByteCache {
  if (!(maxBytes >= 0)) throw new RangeError(`byteCache: \`maxBytes\` must be at least 0, got ${maxBytes}.`);
  const held = new Map<ImageItem, Pixels>(); // a Map keeps the order of insertion: the first is the one longest unused
  const loading = new Map<ImageItem, Promise<Pixels>>();
  const stats = { bytes: 0, hits: 0, misses: 0 };

  const keep = (item: ImageItem, pixels: Pixels) => {
    if (pixels.data.byteLength > maxBytes) return;
    held.set(item, pixels);
    stats.bytes += pixels.data.byteLength;
    for (const [oldest, { data }] of held) {
      if (stats.bytes <= maxBytes) break;
      held.delete(oldest);
      stats.bytes -= data.byteLength;
    }
  };
  const load = async (item: ImageItem) => {
    try {
      const pixels = await item.load();
      keep(item, pixels);
      return pixels;
    } finally {
      loading.delete(item);
    }
  };
  const get = (item: ImageItem): Promise<Pixels> => {
    const pixels = held.get(item);
    const pending = loading.get(item);
    stats[pixels || pending ? "hits" : "misses"]++;
    if (pixels) {
      held.delete(item); // to the end of the queue
      held.set(item, pixels);
      return Promise.resolve(pixels);
    }
    if (pending) return pending;
    const started = load(item);
    loading.set(item, started);
    return started;
  };
  return {
    get,
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

/** The same set, with its pictures kept in `cache` once loaded. */
export function cached<Item extends ImageItem>(set: ImageSet<Item>, cache: ByteCache): ImageSet<Item> {
  return { ...set, items: set.items.map((item) => ({ ...item, load: () => cache.get(item) })) };
}
