import type * as zlib from "node:zlib";
import { expect, it, vi } from "vitest";
import { readLabelMap, writeLabelMap } from "../../src/node/index.js";
import { folderOf } from "../test-images.js";
import { randomLabels } from "./label-files.js";

const tiles = vi.hoisted(() => ({ now: 0, most: 0, all: 0 }));

/** Counts the tiles that are being compressed. */
vi.mock("node:zlib", async (original) => {
  const real = await original<typeof zlib>();
  const deflate = (data: Uint8Array, done: zlib.CompressCallback) => {
    tiles.all++;
    tiles.most = Math.max(tiles.most, ++tiles.now);
    real.deflate(data, (error, result) => {
      tiles.now--;
      done(error, result);
    });
  };
  return { ...real, deflate };
});

it("compresses a few tiles of a wide label map at once, since each takes memory", async () => {
  const path = `${await folderOf({})}/map.tif`;
  const labels = randomLabels(256 * 40 + 1, 3, 256);
  await writeLabelMap(path, labels);
  expect(tiles).toEqual({ now: 0, most: 4, all: 41 });
  const { data } = await readLabelMap(path);
  expect(data.findIndex((id, i) => id !== labels.data[i])).toBe(-1);
});
