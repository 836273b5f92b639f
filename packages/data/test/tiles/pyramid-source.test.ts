import { rng, type Pixels, type Region } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { byteCache, ImageFileError, pixelsSource, pyramidSource } from "../../src/index.js";
import type { PyramidLevel } from "../../src/index.js";
import { noise, plain } from "../test-images.js";
import { averaged, sliced } from "./expected.js";

/** A level in memory that writes down what is read of it. */
function levelOf(pixels: Pixels, [blockWidth, blockHeight]: readonly [number, number] = [5, 3]) {
  const blocks: Region[] = [];
  const read = (block: Region) => {
    blocks.push(block);
    return Promise.resolve(sliced(pixels, block));
  };
  const level: PyramidLevel = { width: pixels.width, height: pixels.height, blockWidth, blockHeight, read };
  return { ...level, blocks };
}

const sourceOf = (...levels: [PyramidLevel, ...PyramidLevel[]]) => pyramidSource({ name: "p", levels });

/** Random rectangles, many of them partly or wholly outside of 37 × 23. */
const regions = Array.from({ length: 40 }, (_, i): Region => {
  const [left, top, width, height] = rng(i).uniform(4) as unknown as [number, number, number, number];
  return {
    left: Math.floor(left * 60) - 15,
    top: Math.floor(top * 40) - 10,
    width: 1 + Math.floor(width * 30),
    height: 1 + Math.floor(height * 20),
  };
});

describe("a read", () => {
  const image = noise(37, 23, 1);

  it("is slicing at scale 1, with zeros outside", async () => {
    const source = sourceOf(levelOf(image));
    expect(source).toMatchObject({ name: "p", width: 37, height: 23 });
    for (const region of regions) expect(await source.read(region)).toEqual(sliced(image, region));
  });

  it("is the average over areas at other scales", async () => {
    const source = sourceOf(levelOf(image));
    for (const [i, region] of regions.entries()) {
      const scale = [0.75, 0.5, 0.3, 1 / 7, 0.01][i % 5]!;
      const { values, ...size } = averaged(image, region, scale);
      const read = await source.read(region, scale);
      expect(read).toMatchObject(size);
      const worst = values.reduce((most, value, k) => Math.max(most, Math.abs(value - read.data[k]!)), 0);
      expect(worst).toBeLessThan(0.5 + 1e-3);
    }
  });

  it("does not depend on how the image is cut into blocks, to the bit", async () => {
    const sources = [
      pixelsSource(image),
      ...[
        [1, 1],
        [5, 3],
        [64, 2],
      ].map((b) => sourceOf(levelOf(image, b as [number, number]))),
    ];
    for (const region of regions.slice(0, 10)) {
      const [whole, ...cut] = await Promise.all(sources.map((source) => source.read(region, 0.37)));
      for (const one of cut) expect(one.data).toEqual(whole!.data);
    }
  });

  it("reads the blocks that it needs, once, and nothing else", async () => {
    const level = levelOf(image);
    const source = sourceOf(level);
    await Promise.all([
      source.read({ left: 4, top: 3, width: 2, height: 3 }),
      source.read({ left: 4, top: 5, width: 1, height: 1 }),
    ]);
    expect(level.blocks).toEqual([
      { left: 0, top: 3, width: 5, height: 3 },
      { left: 5, top: 3, width: 5, height: 3 },
    ]);
    await source.read({ left: 36, top: 22, width: 9, height: 9 });
    expect(level.blocks.at(-1)).toEqual({ left: 35, top: 21, width: 2, height: 2 }); // cut at the corner
    await source.read({ left: -9, top: 2, width: 9, height: 9 }); // all outside
    await source.read({ left: 37, top: 2, width: 9, height: 9 });
    expect(level.blocks).toHaveLength(3);
  });

  it("is at least one pixel", async () => {
    expect(await sourceOf(levelOf(image)).read({ left: 3, top: 3, width: 2, height: 1 }, 0.1)).toMatchObject({
      width: 1,
      height: 1,
    });
  });
});

describe("the level of a read", () => {
  const sizes = [
    [40, 24],
    [20, 12],
    [10, 6],
    [5, 3],
  ] as const;
  const levels = sizes.map(([width, height], i) => levelOf(plain(width, height, [i, i, i]), [4, 4]));
  const source = sourceOf(levels[0]!, levels[2]!, levels[3]!, levels[1]!); // coarser ones in any order

  it.each([
    [1, 0],
    [0.51, 0],
    [0.5, 1],
    [0.3, 1],
    [0.25, 2],
    [0.2, 2],
    [1 / 8, 3],
    [0.01, 3],
  ])("at scale %d is number %d, the coarsest that is as fine", async (scale, expected) => {
    const { data } = await source.read({ left: 0, top: 0, width: 40, height: 24 }, scale);
    expect(new Set(data)).toEqual(new Set([expected]));
  });

  it.each(["floor", "ceil", "round"] as const)("covers all of an image of odd sides, halved by %s", async (how) => {
    const [width, height] = [37, 23];
    const halved = (step: number) => levelOf(plain(Math[how](width / step), Math[how](height / step), [200, 100, 50]));
    const odd = sourceOf(halved(1), halved(2), halved(4), halved(8));
    for (const scale of [0.5, 0.4, 0.25, 0.125, 0.1]) {
      const { data } = await odd.read({ left: 0, top: 0, width, height }, scale);
      expect([...new Set(data)]).toEqual([200, 100, 50]); // no dark edge
    }
  });

  it("takes stored pixels as they are where the grid is theirs, and the last one for as much as is left for it", async () => {
    const [width, height] = [37, 24];
    for (const [stored, last] of [
      [19, 0.5], // pixel 18 is one of full resolution wide, in a result of two
      [18, 1], // pixel 17 is three wide, of which the last is in the result after it
    ] as const) {
      const half = noise(stored, 12, stored);
      const source = sourceOf(levelOf(plain(width, height, [0, 0, 0])), levelOf(half));
      const read = await source.read({ left: -4, top: 6, width: 44, height: 30 }, 0.5);
      expect([read.width, read.height]).toEqual([22, 15]);
      const at = (x: number, y: number) => [...read.data.subarray(3 * (y * 22 + x), 3 * (y * 22 + x) + 3)];
      const pixel = (x: number, y: number) => [...sliced(half, { left: x, top: y, width: 1, height: 1 }).data];
      for (let y = 0; y < 15; y++)
        for (let x = 0; x < 22; x++) {
          const [column, row] = [x - 2, y + 3];
          const inside = column >= 0 && column < stored - 1 && row < 12;
          if (inside) expect(at(x, y)).toEqual(pixel(column, row));
          else if (column < 0 || column > 18 || row >= 12) expect(at(x, y)).toEqual([0, 0, 0]);
        }
      expect(at(stored - 1 + 2, 0)).toEqual(pixel(stored - 1, 3).map((value) => Math.floor(value * last + 0.5)));
    }
  });

  it.each([
    ["floor", 23], // of 2 pixels; 23 / 16 = 1.4 explains 2 pixels too
    ["ceil", 9], // of 2 pixels, the second for the last row or column alone; 9 / 4 = 2.25 explains them too
  ] as const)("has its pixels where the longer side puts them: the %s of 400 and %d by 8", async (how, short) => {
    const stored = noise(50, Math[how](short / 8), 5);
    const source = sourceOf(levelOf(plain(400, short, [0, 0, 0])), levelOf(stored));
    const row = (top: number, height: number) => source.read({ left: 0, top, width: 400, height }, 1 / 8);
    expect(await row(0, 8)).toEqual(sliced(stored, { left: 0, top: 0, width: 50, height: 1 }));
    expect(await row(8, short === 9 ? 1 : 8)).toEqual(sliced(stored, { left: 0, top: 1, width: 50, height: 1 }));
  });

  it("is where its step puts it, if that is told", async () => {
    const stored = noise(10, 6, 5); // 40 × 24 by 4, of which 9 × 5 of step 4 are told to be image
    const told = { ...levelOf(stored), width: 9, height: 5, step: 4 };
    const source = sourceOf(levelOf(plain(37, 23, [0, 0, 0])), told);
    expect(await source.read({ left: 8, top: 4, width: 24, height: 12 }, 0.25)).toEqual(
      sliced(stored, { left: 2, top: 1, width: 6, height: 3 }),
    );
    for (const step of [0, 0.5, NaN, Infinity])
      expect(() => sourceOf(levelOf(noise(4, 4)), { ...levelOf(noise(2, 2)), step })).toThrow(
        `p: \`levels[1].step\` must be a number of at least 1, got ${step}.`,
      );
  });

  it("has its pixels where the halving put them", async () => {
    const full = noise(37, 23, 3);
    const { values, ...size } = averaged(full, { left: 0, top: 0, width: 36, height: 22 }, 0.5);
    // the odd pixels are dropped
    const half: Pixels = { ...size, channels: 3, data: Uint8Array.from(values, Math.round) };
    const source = sourceOf(levelOf(full), levelOf(half));
    const region = { left: 8, top: 4, width: 20, height: 14 };
    expect(await source.read(region, 0.5)).toEqual(sliced(half, { left: 4, top: 2, width: 10, height: 7 }));
  });
});

describe("a source", () => {
  it("reads no more blocks at once than it may, and all of them", async () => {
    let [now, most, all] = [0, 0, 0];
    const level = {
      ...levelOf(noise(40, 40), [4, 4]),
      read: async ({ width, height }: Region) => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 1));
        [now, all] = [now - 1, all + 1];
        return plain(width, height, [1, 2, 3]);
      },
    };
    const source = pyramidSource({ name: "p", levels: [level], concurrency: 3 });
    await Promise.all([0, 1, 2, 3].map((i) => source.read({ left: 10 * i, top: 0, width: 10, height: 40 }, 0.5)));
    expect([most, all]).toEqual([3, 100]);
  });

  it("keeps within its cache over thousands of reads, and leaves nothing behind", async () => {
    const cache = byteCache(20 * 8 * 8 * 3);
    const others = cache.part<string>();
    const source = pyramidSource({ name: "p", levels: [levelOf(noise(97, 89), [8, 8])], cache });
    let most = 0;
    for (let i = 0; i < 3000; i++) {
      const [x, y] = rng(i).uniform(2);
      await source.read({ left: Math.floor(x! * 97), top: Math.floor(y! * 89), width: 9, height: 9 }, i % 2 ? 1 : 0.5);
      most = Math.max(most, cache.bytes);
    }
    expect(most).toBeLessThanOrEqual(cache.maxBytes);
    expect(most).toBeGreaterThan(0.9 * cache.maxBytes);
    expect(cache.hits).toBeGreaterThan(100);
    await others.get("other", () => Promise.resolve(plain(2, 2, [0, 0, 0])));
    await source.close();
    expect(cache.bytes).toBe(2 * 2 * 3); // the other's
  });

  it("names image, rectangle and block of a failure, and reads on", async () => {
    let broken = true;
    const level = levelOf(noise(20, 20), [10, 10]);
    const read = (block: Region) =>
      broken && block.left === 10 ? Promise.reject(new Error("bad sector")) : level.read(block);
    const source = sourceOf({ ...level, read });
    const error: unknown = await source.read({ left: 5, top: 0, width: 10, height: 4 }, 0.5).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ImageFileError);
    expect((error as Error).message).toBe(
      "p: cannot read 10 × 4 at (5, 0) at scale 0.5: block 10 × 10 at (10, 0) of the resolution 20 × 20: bad sector",
    );
    expect(await source.read({ left: 0, top: 0, width: 4, height: 4 })).toMatchObject({ width: 4 });
    broken = false; // a failure is not remembered
    expect(await source.read({ left: 5, top: 0, width: 10, height: 4 })).toMatchObject({ width: 10 });
  });

  it("refuses a block of another size than asked for", async () => {
    const source = sourceOf({ ...levelOf(noise(20, 20)), read: () => Promise.resolve(noise(2, 2)) });
    await expect(source.read({ left: 0, top: 0, width: 1, height: 1 })).rejects.toThrow(
      "it came as 2 × 2 pixels of 3 channels in 12 bytes",
    );
  });

  it("closes once its reads are over", async () => {
    const events: string[] = [];
    const level = {
      ...levelOf(noise(9, 9)),
      read: async ({ width, height }: Region) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        events.push("read");
        return plain(width, height, [1, 1, 1]);
      },
    };
    const close = () => Promise.resolve(void events.push("closed"));
    const source = pyramidSource({ name: "p", levels: [level], close });
    const reading = source.read({ left: 0, top: 0, width: 2, height: 2 });
    await Promise.all([source.close(), source.close()]);
    expect(events).toEqual(["read", "closed"]);
    expect(await reading).toMatchObject({ width: 2 });
    await expect(source.read({ left: 0, top: 0, width: 2, height: 2 })).rejects.toThrow(
      "p: cannot read 2 × 2 at (0, 0): the source is closed",
    );
  });

  it("leaves nothing in a shared cache, also where a block was still on its way when another failed", async () => {
    const cache = byteCache(1e6);
    const level = levelOf(noise(20, 10), [10, 10]);
    const read = async (block: Region) => {
      if (block.left === 0) throw new Error("bad sector");
      await new Promise((resolve) => setTimeout(resolve, 5));
      return level.read(block);
    };
    const source = pyramidSource({ name: "p", levels: [{ ...level, read }], cache });
    await expect(source.read({ left: 0, top: 0, width: 20, height: 10 })).rejects.toThrow("bad sector");
    await source.close();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(level.blocks).toHaveLength(1); // the slow one was read
    expect(cache.bytes).toBe(0);
  });

  it("refuses rectangles, scales and settings that are none", async () => {
    const source = sourceOf(levelOf(noise(20, 20)));
    const at = { left: 0, top: 0, width: 4, height: 4 };
    for (const bad of [{ width: 0 }, { height: -1 }, { left: 0.5 }, { top: NaN }])
      await expect(source.read({ ...at, ...bad })).rejects.toThrow(
        "p: `region` must be of whole pixels, at least 1 × 1, got {",
      );
    for (const scale of [0, 1.01, NaN, -1])
      await expect(source.read(at, scale)).rejects.toThrow(`p: \`scale\` must be in (0, 1], got ${scale}.`);
    await expect(source.read({ ...at, width: 1e6, height: 1e6 })).rejects.toThrow(
      "p: 1000000 × 1000000 at (0, 0) at scale 1 would be 1000000 × 1000000 pixels in one array; read it in parts",
    );
    const levels = [levelOf(noise(4, 4))] as const;
    expect(() => pyramidSource({ name: "p", levels, concurrency: 0 })).toThrow(
      "p: `concurrency` must be a whole number of at least 1, got 0.",
    );
    expect(() => sourceOf({ ...levels[0], blockWidth: 0 })).toThrow(
      "p: `levels[0].blockWidth` must be a whole number of at least 1, got 0.",
    );
  });
});
