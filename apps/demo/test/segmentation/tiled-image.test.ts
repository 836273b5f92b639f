import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vocColors } from "@fovea/data";
import { readLabelMap, tiledImage, writeLabelBands, writeLabelMap } from "@fovea/data/node";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it, onTestFinished } from "vitest";
import { collectLabels, slidingWindow, type Classify } from "@fovea/segmentation";

const [width, height] = [270, 262]; // the tiles of the file, of 256 × 256, are larger than bands, and than windows
const ids = Uint8Array.from({ length: width * height }, (_, i) => (i * i * 7) % 200);
const around: Classify = (x) => tf.mul(tf.avgPool(x, 3, 1, "same"), 9);

it("a tiled file becomes the label map of the same pixels in memory, and nothing if it is stopped in between", async () => {
  const root = mkdtempSync(join(tmpdir(), "fovea-tiles-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [from, to] = [`${root}/image.tif`, `${root}/labels.tif`];
  await writeLabelMap(from, { width, height, data: ids }); // shows the colours of the ids
  const source = await tiledImage(from);
  const colors = Float32Array.from(
    { length: 3 * ids.length },
    (_, i) => vocColors[ids[Math.floor(i / 3)]!]![i % 3]! / 255,
  );
  const image = tf.tensor3d(colors, [height, width, 3]);
  const options = { window: [20, 90], batch: 3 } as const;
  const expected = await collectLabels(slidingWindow(image, around, options));

  const stop = new AbortController();
  const before = tf.memory().numTensors;
  let windows = 0;
  const stopped: Classify = (x) => {
    if ((windows += x.shape[0]) > 30) stop.abort(new Error("enough"));
    stop.signal.throwIfAborted();
    return around(x);
  };
  await expect(writeLabelBands(to, slidingWindow(source, stopped, options), { width, height })).rejects.toThrow(
    "enough",
  );
  expect([readdirSync(root), tf.memory().numTensors]).toEqual([["image.tif"], before]);

  await writeLabelBands(to, slidingWindow(source, around, options), { width, height });
  const { data } = await readLabelMap(to);
  expect(data.findIndex((id, i) => id !== expected.labels[i])).toBe(-1);
  await source.close();
  image.dispose();
});
