import { processImages } from "@fovea/data";
import { zoomInClassifier } from "@fovea/models";
import { rng, trainingContext, type LargeImage } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

/** Bright in a corner, and broken from the given read on. */
function grey(name: string, brokenFrom = Infinity): LargeImage & { readonly name: string } {
  let reads = 0;
  return {
    ...{ name, width: 80, height: 60 },
    read({ width, height }, scale = 1) {
      if (++reads > brokenFrom) return Promise.reject(new Error(`cannot read ${width} × ${height}: bad sector`));
      const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
      const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => (i * 37 + name.length) % 251);
      return Promise.resolve({ width: w, height: h, channels: 3, data });
    },
  };
}

describe("a model, on images of which some cannot be read", () => {
  const model = zoomInClassifier({
    ...{
      classes: 3,
      tile: [20, 20] as const,
      firstScale: 1 / 4,
      secondScale: 1 / 2,
      patch: [8, 8] as const,
      samples: 4,
    },
  });
  const ctx = (i: number) => trainingContext(rng(7).split("look", i));
  /** The twelve tiles are read before any patch: so this one breaks among the tiles, and among the patches. */
  const images = () => [grey("a"), grey("bb", 5), grey("ccc"), grey("dddd", 14), grey("eeeee")];

  it("learns from those that could be read, as if the others were not there", async () => {
    const sample = (image: LargeImage, i: number) => model.sample(image, ctx(i));
    const { results, indices, failures } = await processImages(images(), sample, { onFailure: "skip" });
    expect(indices).toEqual([0, 2, 4]);
    expect(failures.map(({ index }) => index)).toEqual([1, 3]);
    const alone = await Promise.all(indices.map(async (i) => sample(images()[i]!, i)));
    expect(results).toEqual(alone);
    const labels = tf.tensor1d(
      indices.map((i) => [0, 1, 2, 1, 0][i]!),
      "int32",
    );
    expect(model.forward(model.collate(results, ctx(9)), ctx(9)).logits.shape).toEqual([labels.size, 3]);
  });

  it("predicts them, and leaves nothing behind where it fails", async () => {
    const predict = (image: LargeImage) => model.predict(image);
    await predict(grey("a"));
    const { numTensors } = tf.memory();
    const { results, indices } = await processImages(images(), predict, { onFailure: "skip" });
    expect(indices).toEqual([0, 2, 4]);
    for (const { probabilities } of results) expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    await expect(processImages(images(), predict)).rejects.toThrow("processImages: image 1 (bb): cannot read 20 × 20");
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
