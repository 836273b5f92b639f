import { describe, expect, it } from "vitest";
import { byteCache, cached } from "../src/index.js";
import { item, noise } from "./test-images.js";

const BYTES = 5 * 3 * 3; // of each image below

describe("byteCache", () => {
  const images = () => Array.from({ length: 7 }, (_, i) => item(`${i}`, noise(5, 3, i)));

  it("never holds more than its budget and forgets what was unused for longest", async () => {
    const items = images();
    const cache = byteCache(3 * BYTES + 1);
    for (const i of [0, 1, 2, 0, 3]) {
      await cache.get(items[i]!);
      expect(cache.bytes).toBeLessThanOrEqual(3 * BYTES);
    }
    await cache.get(items[0]!); // kept: it was used after 1
    await cache.get(items[1]!); // forgotten
    expect(items.map(({ loads }) => loads())).toEqual([1, 2, 1, 1, 0, 0, 0]);
    expect([cache.hits, cache.misses, cache.bytes]).toEqual([2, 5, 3 * BYTES]);
  });

  it("loads an item once for all who ask at the same time", async () => {
    const [first] = images();
    const cache = byteCache(BYTES);
    const [a, b] = await Promise.all([cache.get(first!), cache.get(first!)]);
    expect(a).toBe(b);
    expect(first!.loads()).toBe(1);
  });

  it("passes on what is too large, without forgetting the rest", async () => {
    const cache = byteCache(BYTES);
    const [small, large] = [item("small", noise(5, 3)), item("large", noise(7, 5))];
    for (const one of [small, large, large, small]) await cache.get(one);
    expect([small.loads(), large.loads(), cache.bytes]).toEqual([1, 2, BYTES]);
  });

  it("does not remember a failure", async () => {
    let fail = true;
    const flaky = {
      id: "x",
      label: 0,
      load: () => (fail ? Promise.reject(new Error("x: busy")) : Promise.resolve(noise(5, 3))),
    };
    const cache = byteCache(BYTES);
    await expect(cache.get(flaky)).rejects.toThrow("x: busy");
    fail = false;
    expect(await cache.get(flaky)).toMatchObject({ width: 5 });
  });

  it("serves the sets that share it", async () => {
    const cache = byteCache(10 * BYTES);
    const [a, b] = [item("same id", noise(5, 3, 1)), item("same id", noise(5, 3, 2))];
    const sets = [a, b].map((one) => cached({ name: "s", classes: ["c"], items: [one], skipped: [] }, cache));
    for (const set of [...sets, ...sets]) await set.items[0]!.load();
    expect([a.loads(), b.loads()]).toEqual([1, 1]);
    expect((await sets[1]!.items[0]!.load()).data).toEqual((await b.load()).data);
  });

  it("refuses a budget that is none", () => {
    expect(() => byteCache(NaN)).toThrow("byteCache: `maxBytes` must be at least 0, got NaN.");
  });
});
