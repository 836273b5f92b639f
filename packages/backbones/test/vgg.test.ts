import * as tf from "@tensorflow/tfjs-core";
import { vgg16Bn, vggClassifier } from "@fovea/backbones";
import { inferenceContext, loadWeights, rng, trainingContext, weightsOf } from "@fovea/nn";
import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { describe, expect, it } from "vitest";
import { stateDict, vgg16BnShapes } from "./torchvision.js";

const ctx = inferenceContext();
const narrow = () => vggClassifier(vgg16Bn({ width: 1 }), { classes: 3, hidden: 5, cells: 2 });

describe("vgg16Bn", () => {
  it("takes torchvision's state dict whole, under its head", () => {
    const model = narrow();
    const state = stateDict(vgg16BnShapes({ width: 1, classes: 3, hidden: 5, cells: 2 }));
    const { loaded, missing, unexpected } = loadWeights(model, state, { from: "pytorch" });
    expect([missing, unexpected, loaded.length]).toEqual([[], [], Object.keys(weightsOf(model)).length]);
    assertClose(weightsOf(model)["features.40.weight"]!, tf.transpose(state["features.40.weight"]!, [2, 3, 1, 0]));
    model.dispose();
    tf.dispose(state);
  });

  it("has two stages for each stride, under torchvision's numbers", () => {
    const { stages, dispose } = vgg16Bn({ width: 1 });
    dispose();
    expect(
      stages.map(({ name, channels, stride }) => [Number(name.replace("features.", "")), channels, stride]),
    ).toEqual([
      ...[
        [5, 1, 1],
        [6, 1, 2],
        [12, 2, 2],
        [13, 2, 4],
        [22, 4, 4],
      ],
      ...[
        [23, 4, 8],
        [32, 8, 8],
        [33, 8, 16],
        [42, 8, 16],
        [43, 8, 32],
      ],
    ]);
  });

  it("refuses images smaller than its stride", () => {
    const encoder = vgg16Bn({ width: 1, until: "features.13" });
    expect(() => encoder.maps(tf.zeros([1, 3, 8, 3]), inferenceContext())).toThrow(
      "maxPool2d: expected `x` with sides of at least the window's 2 × 2 cells, padding included, got [",
    );
    encoder.dispose();
  });

  it("refuses a width there is not", () =>
    expect(() => vgg16Bn({ width: 0 })).toThrow("vgg16Bn: `width` must be a whole number of at least 1, got 0."));
});

describe("vggClassifier", () => {
  it("reads the map channel by channel, as PyTorch flattens it", () => {
    const model = vggClassifier(vgg16Bn({ width: 1 }), { classes: 1, hidden: 1, cells: 2, dropout: 0 });
    const encoder = vgg16Bn({ width: 1 }); // the same seed, so the same weights
    const [channel, row, column] = [3, 1, 0];
    const choose = (key: string, index: number) => {
      const { size, shape } = model.params[key]!;
      const oneHot = Float32Array.from({ length: size }, (_, i) => Number(i === index));
      tf.tidy(() => model.params[key]!.assign(tf.tensor(oneHot, shape)));
    };
    choose("classifier.0.weight", (channel * 2 + row) * 2 + column);
    choose("classifier.3.weight", 0);
    choose("classifier.6.weight", 0);
    const images = randomTensor<tf.Tensor4D>([1, 64, 64, 3]);
    const [logits, map] = [model.forward(images, ctx), encoder.maps(images, ctx)[0]!];
    expect(logits.dataSync()[0]).toBeCloseTo(map.bufferSync().get(0, row, column, channel), 6);
    expect(logits.dataSync()[0]).toBeGreaterThan(0);
    tf.dispose([images, logits, map]);
    model.dispose();
    encoder.dispose();
  });

  it("drops in training only, by the context's seed, and leaves nothing behind", () => {
    const model = narrow();
    const images = randomTensor<tf.Tensor4D>([2, 64, 64, 3]);
    const logits = (seed: number) => {
      const out = model.forward(images, trainingContext(rng(seed)));
      return [...out.dataSync(), void out.dispose()].slice(0, -1);
    };
    expect(logits(1)).toEqual(logits(1));
    expect(logits(1)).not.toEqual(logits(2));
    assertNoLeak(() => model.forward(images, ctx));
    images.dispose();
    model.dispose();
  });

  it("refuses sizes and rates there are not", () => {
    const encoder = vgg16Bn({ width: 1 });
    expect(() => vggClassifier(encoder, { classes: 0 })).toThrow("vggClassifier: `classes` must be a whole number");
    expect(() => vggClassifier(encoder, { classes: 2, dropout: 1 })).toThrow("vggClassifier: `dropout` must be");
    encoder.dispose();
  });
});
