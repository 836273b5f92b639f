import { rng, type LargeImage, type Region } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectLabels,
  fcnDecoder,
  pixelLogits,
  segmenter,
  slidingWindow,
  slidingWindowProbabilities,
  type Classify,
  type LabelBand,
  type ProbabilityBand,
  type SlidingWindowOptions,
} from "../../src/index.js";
import { tinyEncoder } from "../tiny-encoder.js";
import { wholeImage } from "./whole.js";

const channels = 2;
const classes = 3;
let filter: tf.Tensor4D;
beforeAll(() => void (filter = tf.mul(randomTensor<tf.Tensor4D>([3, 3, channels, classes]), 2)));
afterAll(() => filter.dispose());

/** What it says of a pixel depends on what is around it in its window, so that it matters which windows there are. */
const classify: Classify = (images) => tf.conv2d(images, filter, 1, "same");

const imageOf = (height: number, width: number, seed = 0) => randomTensor<tf.Tensor3D>([height, width, channels], seed);

async function probabilitiesOf(bands: AsyncIterable<ProbabilityBand>): Promise<tf.Tensor3D> {
  const all: ProbabilityBand[] = [];
  for await (const band of bands) all.push(band);
  all.forEach((band, i) => expect(band.top).toBe(i === 0 ? 0 : all[i - 1]!.top + all[i - 1]!.height));
  return tf.tidy(() =>
    tf.concat(
      all.map(({ height, width, classes, probabilities }) => tf.tensor3d(probabilities, [height, width, classes])),
      0,
    ),
  );
}

async function expectSame(image: tf.Tensor3D, options: SlidingWindowOptions): Promise<void> {
  const want = wholeImage(image, classify, options);
  const got = await probabilitiesOf(slidingWindowProbabilities(image, classify, options));
  expect(got.shape).toEqual(want.shape);
  assertClose(got, want, 1e-5);
  const labels = await collectLabels(slidingWindow(image, classify, options));
  expect([labels.height, labels.width]).toEqual(want.shape.slice(0, 2));
  const [values, map] = [want.dataSync(), labels.labels];
  map.forEach((label, pixel) => {
    const p = values.subarray(pixel * classes, (pixel + 1) * classes);
    expect(p[label]!).toBeGreaterThanOrEqual(Math.max(...p) - 1e-5); // where two are as good as equal, either
  });
  tf.dispose([want, got]);
}

describe("bands are the whole image at once", () => {
  const sizes = [[17, 13], [12, 31], [6, 6], [5, 9], [9, 4], [1, 1], [23, 7]]; // prettier-ignore
  const windows = [[6, 2], [6, 3], [6, 4], [6, 5], [6, 6], [7, 1], [[5, 8], [3, 7]], [[9, 4], undefined], [1, 1]] as const; // prettier-ignore

  it.each(sizes)("of %i × %i, for every overlap and weighting", async (height, width) => {
    const image = imageOf(height!, width!);
    for (const [window, stride] of windows)
      for (const weighting of ["constant", "gaussian"] as const) await expectSame(image, { window, stride, weighting });
    image.dispose();
  });

  it("for sizes, windows, strides and batches drawn at random", async () => {
    const random = rng(11);
    for (let k = 0; k < 40; k++) {
      const draw = (name: string, least: number, most: number) =>
        least + random.split(name, k).integer(most - least + 1);
      const window = [draw("h", 1, 9), draw("w", 1, 9)] as const;
      const stride = [draw("down", 1, window[0]), draw("right", 1, window[1])] as const;
      const weighting = k % 2 ? "gaussian" : "constant";
      const image = imageOf(draw("height", 1, 26), draw("width", 1, 26), k);
      await expectSame(image, { window, stride, weighting, batch: draw("batch", 1, 5), flip: k % 3 === 0 });
      image.dispose();
    }
  });

  it.each([[[1, 0.5]], [[2]], [[0.75, 1, 1.3]], [[0.05]], [[1.02]]])("at scales %j", async (scales) => {
    const image = imageOf(19, 14);
    await expectSame(image, { window: 6, stride: 4, scales });
    await expectSame(image, { window: 6, stride: 4, scales, weighting: "gaussian", flip: true, batch: 3 });
    image.dispose();
  });

  it("of a segmenter, too", async () => {
    const model = segmenter(tinyEncoder({ stride: 4 }), fcnDecoder({ in: 6 }), { classes });
    const image = randomTensor<tf.Tensor3D>([22, 27, 3]);
    const options = { window: 9, weighting: "gaussian" } as const;
    const want = wholeImage(image, (x) => pixelLogits(model, x), options);
    const got = await probabilitiesOf(slidingWindowProbabilities(image, (x) => pixelLogits(model, x), options));
    assertClose(got, want, 1e-5);
    tf.dispose([image, want, got]);
    model.dispose();
  });
});

describe("a large image", () => {
  /** Reads itself from bytes in memory, and remembers what was read. */
  function largeImage(
    height: number,
    width: number,
  ): LargeImage & { readonly reads: Region[]; readonly whole: tf.Tensor3D } {
    const bytes = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * i * 31 + i * 7) % 251);
    const reads: Region[] = [];
    return {
      height,
      width,
      reads,
      whole: tf.tidy(() => tf.div(tf.tensor3d(bytes, [height, width, 3], "int32"), 255)),
      read(region) {
        reads.push(region);
        const { top, left, height: h, width: w } = region;
        const data = new Uint8Array(h * w * 3);
        for (let y = 0; y < h; y++)
          data.set(bytes.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + w) * 3), y * w * 3);
        return Promise.resolve({ height: h, width: w, channels: 3, data });
      },
    };
  }

  const three: Classify = (images) => tf.mul(images, 7);

  it("is read window by window, never outside, and gives what the image in memory gives", async () => {
    for (const scales of [[1], [0.5, 1.25]]) {
      const image = largeImage(21, 34);
      const options = { window: 8, stride: 5, scales };
      const want = await collectLabels(slidingWindow(image.whole, three, options));
      expect(await collectLabels(slidingWindow(image, three, options))).toEqual(want);
      for (const { top, left, height, width } of image.reads) {
        expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
        expect(top + height).toBeLessThanOrEqual(21);
        expect(left + width).toBeLessThanOrEqual(34);
        expect(Math.max(height, width)).toBeLessThanOrEqual(8 / Math.min(...scales) + 2);
      }
      image.whole.dispose();
    }
  });

  it("is prepared as the network takes it", async () => {
    const image = largeImage(5, 6);
    const seen: number[] = [];
    const bands = slidingWindow(image, (x) => (seen.push(...x.dataSync()), three(x)), {
      window: 8,
      prepare: (images) => tf.tidy(() => tf.ones([images.length, images[0]!.height, images[0]!.width, 3])),
    });
    await collectLabels(bands);
    expect(seen.reduce((a, b) => a + b, 0)).toBe(5 * 6 * 3); // ones where the image is, zeros around it
    image.whole.dispose();
  });

  it("that gives other pixels than it was asked for is refused", async () => {
    const image: LargeImage = { height: 9, width: 9, read: () => Promise.resolve({ height: 1, width: 1, channels: 3, data: new Uint8Array(3) }) }; // prettier-ignore
    await expect(collectLabels(slidingWindow(image, three, { window: 4 }))).rejects.toThrow(
      "slidingWindow: expected `image.read` to give 4 × 4 pixels, got 1 × 1.",
    );
  });
});

describe("the stream", () => {
  it("gives a band as soon as no further window reaches it", async () => {
    const image = imageOf(30, 20);
    let windows = 0;
    const counting: Classify = (x) => ((windows += x.shape[0]), classify(x));
    const given: [top: number, height: number, windows: number][] = [];
    for await (const band of slidingWindow(image, counting, { window: 8, stride: 6 })) given.push([band.top, band.height, windows]); // prettier-ignore
    // rows of windows begin at 0, 6, 11, 17, 22, which are five steps of at most 6; columns at 0, 6, 12
    expect(given).toEqual([[0, 6, 3], [6, 5, 6], [11, 6, 9], [17, 5, 12], [22, 8, 15]]); // prettier-ignore
    image.dispose();
  });

  it("holds as many numbers on the engine for a high image as for a low one", async () => {
    const most = async (height: number) => {
      const image: LargeImage = {
        height,
        width: 20,
        read: ({ height, width }) => Promise.resolve({ height, width, channels: 3, data: new Uint8Array(height * width * 3) }), // prettier-ignore
      };
      let bytes = 0;
      const looking: Classify = (x) => ((bytes = Math.max(bytes, tf.memory().numBytes)), tf.mul(x, 2));
      await collectLabels(slidingWindow(image, looking, { window: 8, batch: 2, flip: true, scales: [1, 0.5] }));
      return bytes - tf.memory().numBytes;
    };
    expect(await most(400)).toBe(await most(40));
  });

  it("leaves nothing behind, finished, broken off, or failed", async () => {
    const image = imageOf(20, 20);
    const run = async (classify: Classify, most: number, scales?: readonly number[]) => {
      let bands = 0;
      for await (const _ of slidingWindow(image, classify, { window: 8, scales })) if (++bands === most) break;
      return bands;
    };
    const before = tf.memory().numTensors;
    expect(await run(classify, Infinity)).toBe(3);
    expect(await run(classify, 1)).toBe(1);
    expect(await run(classify, 2, [0.5, 1])).toBe(2);
    await collectLabels(slidingWindow(image, classify, { window: 32 })); // padded
    const bands = slidingWindowProbabilities(image, classify, { window: 8, batch: 3, scales: [0.5, 1] });
    await Promise.all([bands.next(), bands.return(undefined)]); // broken off while it computes
    await slidingWindow(image, classify, { window: 8 }).return(undefined); // before it begins
    await expect(run(() => tf.zeros([1, 3, 8, 2]), 9)).rejects.toThrow(/slidingWindow: expected `logits` of shape \[1, 8, 8, classes\]/); // prettier-ignore
    expect(tf.memory().numTensors).toBe(before);
    let reads = 0;
    const broken: LargeImage = {
      height: 9,
      width: 20,
      read: ({ height, width }) =>
        ++reads === 2
          ? Promise.reject(new Error("the disk is gone"))
          : Promise.resolve({ height, width, channels: 3, data: new Uint8Array(height * width * 3) }),
    };
    await expect(collectLabels(slidingWindow(broken, (x) => x, { window: 9, batch: 3 }))).rejects.toThrow("the disk is gone"); // prettier-ignore
    expect(tf.memory().numTensors).toBe(before);
    image.dispose();
  });

  it("gives what it gives alone while another runs on the same network", async () => {
    const model = segmenter(tinyEncoder({ stride: 4 }), fcnDecoder({ in: 6 }), { classes });
    const run = (image: tf.Tensor3D) =>
      collectLabels(slidingWindow(image, (x) => pixelLogits(model, x), { window: 9, flip: true, scales: [1, 0.7] }));
    const images = [randomTensor<tf.Tensor3D>([22, 27, 3], 1), randomTensor<tf.Tensor3D>([31, 14, 3], 2)] as const;
    const alone = [await run(images[0]), await run(images[1])];
    expect(await Promise.all(images.map(run))).toEqual(alone);
    tf.dispose([...images]);
    model.dispose();
  });

  it("refuses NaN and classes that do not fit a byte", async () => {
    const image = imageOf(4, 4);
    const run = (classes: number, value: number) =>
      collectLabels(slidingWindow(image, (x) => tf.fill([1, x.shape[1], x.shape[2], classes], value) as tf.Tensor4D, { window: 4 })); // prettier-ignore
    await expect(run(3, NaN)).rejects.toThrow("slidingWindow: expected `classify` to return numbers, got NaN.");
    await expect(run(257, 0)).rejects.toThrow("slidingWindow: label maps hold at most 256 classes, got 257.");
    expect((await run(256, 0)).labels).toEqual(new Uint8Array(16));
    const sure: Classify = (x) =>
      tf.cast(tf.oneHot(tf.fill([1, x.shape[1], x.shape[2]], 200, "int32"), 256) as tf.Tensor4D, "float32");
    const { labels } = await collectLabels(slidingWindow(image, sure, { window: 4 }));
    expect(labels).toEqual(new Uint8Array(16).fill(200));
    image.dispose();
  });

  it.each<[SlidingWindowOptions, string]>([
    [{ window: 0 }, "slidingWindow: `window height` must be a whole number of at least 1, got 0."],
    [{ window: 4, stride: 0 }, "slidingWindow: `stride down` must be a whole number of at least 1, got 0."],
    [{ window: 4, stride: [4, 5] }, "slidingWindow: `stride` must be at most the window, 4 × 4, since pixels would be left out, got 4 × 5."], // prettier-ignore
    [{ window: 4, scales: [] }, "slidingWindow: `scales` must be positive numbers, at least one, got []."],
    [{ window: 4, scales: [1, 0] }, "slidingWindow: `scales` must be positive numbers, at least one, got [1, 0]."],
    [{ window: 4, batch: 0.5 }, "slidingWindow: `batch` must be a whole number"],
    [{ window: 4, weighting: "hann" as "constant" }, "slidingWindow: `weighting` must be one of constant, gaussian, got hann."], // prettier-ignore
  ])("refuses %j at once", (options, message) => {
    const image = imageOf(4, 4);
    expect(() => slidingWindow(image, classify, options)).toThrow(message);
    image.dispose();
  });

  it("refuses an image without pixels", () => {
    expect(() => slidingWindow(tf.zeros([0, 4, 2]), classify, { window: 4 })).toThrow("`height of image` must be");
  });

  it("is a label map together", async () => {
    const band = (top: number, labels: number[]): LabelBand => ({
      top,
      height: 1,
      width: 2,
      labels: Uint8Array.from(labels),
    });
    const bands = (async function* () { yield await Promise.resolve(band(0, [1, 2])); yield band(1, [3, 4]); })(); // prettier-ignore
    expect(await collectLabels(bands)).toEqual({ height: 2, width: 2, labels: Uint8Array.from([1, 2, 3, 4]) });
  });
});
