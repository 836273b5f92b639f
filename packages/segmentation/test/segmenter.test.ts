import {
  freeze,
  inferenceContext,
  loadWeights,
  matchShapes,
  rng,
  trainingContext,
  unfreeze,
  valueAndGradients,
  weightsOf,
  type Module,
} from "@fovea/nn";
import { assertClose, assertNoLeak, moduleContract, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import {
  asppDecoder,
  fcnDecoder,
  pixelLogits,
  pspDecoder,
  segmenter,
  type Decoder,
  type Segmenter,
  type SegmenterConfig,
} from "../src/index.js";
import { tinyEncoder } from "./tiny-encoder.js";

const DECODERS: Readonly<Record<string, () => Decoder>> = {
  fcnDecoder: () => fcnDecoder({ in: 6, dim: 5, seed: 3 }),
  pspDecoder: () => pspDecoder({ in: 6, dim: 5, bins: [1, 2, 3], seed: 3 }),
  asppDecoder: () => asppDecoder({ in: 6, dim: 5, rates: [1, 2], seed: 3 }),
};

const step = () => trainingContext(rng(5));
const make = (config: Partial<SegmenterConfig> = {}, decoder = DECODERS["pspDecoder"]!()) =>
  segmenter(tinyEncoder(), decoder, { classes: 3, ...config });

describeOnEngines("a decoder", () => {
  describe.each(Object.entries(DECODERS))("%s", (_, make) => {
    const checks = moduleContract({
      make,
      input: () => randomTensor([3, 5, 4, 6], 2),
      forward: (decoder, x, ctx) => decoder.forward(x, ctx),
      gradient: { epsilon: 2e-3, tolerance: 5e-2 }, // small steps: they rarely cross the kink of a ReLU
    });
    it.each(checks.map((check) => [check.name, check.run] as const))("%s", (_, run) => run());
  });
});

describe.each(Object.entries(DECODERS))("a segmenter with %s", (_, decoder) => {
  it("gives features and logits of each cell, and auxiliary logits in training only", () => {
    const model = make({ auxiliary: "fine" }, decoder());
    const images = randomTensor<tf.Tensor4D>([2, 17, 25, 3]);
    const [inference, training] = [model.forward(images, inferenceContext()), model.forward(images, step())];
    expect(Object.keys(inference)).toEqual(["features", "logits"]);
    matchShapes("outputs", { features: "2 3 4 5", logits: "2 3 4 3" }, inference);
    matchShapes("outputs", { features: "2 3 4 5", logits: "2 3 4 3", auxiliary: "2 5 7 3" }, { ...training, auxiliary: training.auxiliary! }); // prettier-ignore
    tf.dispose([images, inference, training]);
    model.dispose();
  });

  it("classifies cells linearly: logits = features · weight + bias", () => {
    const model = make({}, decoder());
    const images = randomTensor<tf.Tensor4D>([2, 9, 17, 3]);
    tf.tidy(() => {
      const { features, logits } = model.forward(images, inferenceContext());
      const { "classifier.4.weight": weight, "classifier.4.bias": bias } = model.params;
      assertClose(logits, tf.add(tf.conv2d(features, weight as tf.Tensor4D, 1, "valid"), bias!));
    });
    images.dispose();
    model.dispose();
  });

  it("lets the gradient reach every param, and leaves nothing behind", () => {
    const model = make({ auxiliary: "fine" }, decoder());
    const images = randomTensor<tf.Tensor4D>([2, 17, 17, 3]);
    const { gradients } = valueAndGradients(model.params, () => {
      const { logits, auxiliary } = model.forward(images, step());
      const all = [model.upsample(logits, [17, 17]), model.upsample(auxiliary!, [17, 17])];
      return tf.addN(all.map((map) => tf.mean<tf.Scalar>(tf.square(tf.sub(map, 1)))));
    });
    for (const key of Object.keys(model.params))
      expect(Math.max(...(gradients[key]?.dataSync().map(Math.abs) ?? [])), key).toSatisfy((most) => most > 0 && most < Infinity); // prettier-ignore
    assertNoLeak(() => model.forward(images, step()));
    assertNoLeak(() => pixelLogits(model, images));
    tf.dispose([images, gradients]);
    const before = tf.memory().numTensors;
    model.dispose();
    expect(tf.memory().numTensors).toBeLessThan(before);
  });
});

describe("a segmenter", () => {
  it("names weights as torchvision", () => {
    const model = segmenter(tinyEncoder(), asppDecoder({ in: 6, dim: 5 }), { classes: 3, auxiliary: "fine" });
    const names = Object.keys(weightsOf(model));
    expect(names).toEqual(expect.arrayContaining([
      "backbone.fine.weight", "classifier.0.convs.0.0.weight", "classifier.0.convs.3.1.running_var",
      "classifier.0.convs.4.1.weight", "classifier.0.convs.4.2.bias", "classifier.0.project.0.weight",
      "classifier.1.weight", "classifier.2.running_mean", "classifier.4.weight", "classifier.4.bias",
      "aux_classifier.0.weight", "aux_classifier.1.weight", "aux_classifier.4.bias",
    ])); // prettier-ignore
    model.dispose();
  });

  it("owns encoder and decoder", () => {
    const before = tf.memory().numTensors;
    const model = make({ auxiliary: "fine" });
    model.dispose();
    model.dispose(); // again: nothing happens
    expect(tf.memory().numTensors).toBe(before);
  });

  it("starts the same for the same seed and otherwise for another", () => {
    const values = (module: Module) => {
      const all = Object.values(module.params).map((variable) => [...variable.dataSync()]);
      module.dispose();
      return all;
    };
    expect(values(make({ seed: 1 }))).toEqual(values(make({ seed: 1 })));
    expect(values(make({ seed: 1 }))).not.toEqual(values(make({ seed: 2 })));
  });

  it("reads the map of the stage that it is told", () => {
    const model = segmenter(tinyEncoder(), fcnDecoder({ in: 4 }), { classes: 3, stage: "fine" });
    const images = randomTensor<tf.Tensor4D>([1, 13, 17, 3]);
    expect(model.stride).toBe(4);
    const { logits, features } = model.forward(images, inferenceContext());
    expect(logits.shape).toEqual([1, 4, 5, 3]);
    tf.dispose([images, logits, features]);
    model.dispose();
  });

  it("drops channels of its features in training, and never in inference", () => {
    const model = make({}, pspDecoder({ in: 6, dim: 40, bins: [1], dropout: 0.5 }));
    freeze(model); // batch norms with running statistics
    const images = randomTensor<tf.Tensor4D>([1, 17, 17, 3]);
    tf.tidy(() => {
      const zeros = (features: tf.Tensor4D) => tf.sum(tf.equal(tf.max(features, [0, 1, 2]), 0)).dataSync()[0]!;
      const none = zeros(model.forward(images, inferenceContext()).features);
      expect(zeros(model.forward(images, step()).features)).toBeGreaterThan(none + 8);
    });
    unfreeze(model);
    images.dispose();
    model.dispose();
  });

  it("refuses what does not fit", () => {
    expect(() => make({ classes: 0 })).toThrow("segmenter: `classes` must be a whole number of at least 1, got 0.");
    expect(() => make({ stage: "layer3" })).toThrow("segmenter: no stage `layer3`; there are fine, coarse.");
    expect(() => make({ auxiliary: "aux" })).toThrow("segmenter: no stage `aux`; there are fine, coarse.");
    expect(() => make({ align: "middle" as "corners" })).toThrow("segmenter: `align` must be one of corners, centers");
    expect(() => make({ padding: "same" as "zeros" })).toThrow("segmenter: `padding` must be one of none, zeros");
    expect(() => make({}, fcnDecoder({ in: 7 }))).toThrow(
      "segmenter: expected a decoder for the 6 channels of `coarse`, got one for 7.",
    );
    const [encoder, decoder] = [tinyEncoder(), fcnDecoder({ in: 6 })];
    const { numTensors } = tf.memory();
    expect(() => segmenter(encoder, decoder, { classes: 3, auxiliary: "aux" })).toThrow("no stage `aux`");
    expect(tf.memory().numTensors).toBe(numTensors);
    [encoder, decoder].forEach((part) => part.dispose());
    const model = make();
    expect(() => model.forward(tf.zeros([1, 9, 9, 4]), inferenceContext())).toThrow(
      "segmenter: expected `images` of shape [batch, height, width, 3], got [1, 9, 9, 4].",
    );
    model.dispose();
  });

  it.each<[string, () => Segmenter, string]>([
    ["another decoder", () => make({}, DECODERS["asppDecoder"]!()), "missing `classifier.ppm.features.0.1.weight`"],
    ["other bins", () => make({}, pspDecoder({ in: 6, dim: 5, bins: [1, 2] })), "classifier.ppm.features.2.1.weight`"],
    ["other classes", () => make({ classes: 4 }), "classifier.4.weight: expected float32 [1, 1, 5, 3], got float32 [1, 1, 5, 4]"], // prettier-ignore
    ["a network with an auxiliary head", () => make({ auxiliary: "fine" }), "unexpected `aux_classifier.0.weight`"],
  ])("takes no weights of %s, and stays as it was", (_, other, message) => {
    const [model, source] = [make(), other()];
    const numbers = () => Object.values(weightsOf(model)).map((weight) => [...weight.dataSync()]);
    const before = numbers();
    expect(() => loadWeights(model, weightsOf(source))).toThrow(/^loadWeights: nothing was loaded: /);
    expect(() => loadWeights(model, weightsOf(source))).toThrow(message);
    expect(numbers()).toEqual(before);
    [model, source].forEach((part) => part.dispose());
  });

  it.each([
    ["asppDecoder", () => asppDecoder({ in: 6, rates: [1] })],
    ["pspDecoder", () => pspDecoder({ in: 6 })],
  ] as const)("with %s cannot train on one image, whose average has no variance", (_, decoder) => {
    const model = make({}, decoder());
    expect(() => model.forward(tf.zeros([1, 17, 17, 3]), step())).toThrow(
      "batchNorm: training needs at least 2 values for each channel",
    );
    freeze(model);
    tf.dispose(model.forward(tf.zeros([1, 17, 17, 3]), step()));
    model.dispose();
  });
});

describe("a decoder", () => {
  it.each([
    ["PSPNet's", () => [pspDecoder({ in: 6 }), pspDecoder({ in: 6, dim: 512, bins: [1, 2, 3, 6], dropout: 0.1 })]],
    [
      "DeepLabV3's",
      () => [asppDecoder({ in: 6 }), asppDecoder({ in: 6, dim: 256, rates: [12, 24, 36], dropout: 0.5 })],
    ],
    ["FCN's", () => [fcnDecoder({ in: 9 }), fcnDecoder({ in: 9, dim: 2, dropout: 0.1 })]],
  ] as const)("has %s published settings by default", (_, make) => {
    const [own, published] = make() as [Decoder, Decoder];
    tf.tidy(() => {
      const x = randomTensor([2, 3, 2, own.in], 1);
      assertClose(own.forward(x, step()), published.forward(x, step()), 0);
    });
    [own, published].forEach((decoder) => decoder.dispose());
  });

  it("refuses sizes there are not", () => {
    expect(() => fcnDecoder({ in: 0 })).toThrow("fcnDecoder: `in` must be a whole number of at least 1, got 0.");
    expect(() => fcnDecoder({ in: 4, dropout: 1 })).toThrow("fcnDecoder: `dropout` must be at least 0 and less than 1");
    expect(() => pspDecoder({ in: 4, bins: [] })).toThrow("pspDecoder: `bins` must hold 1 to 4 numbers, as there are channels, got 0."); // prettier-ignore
    expect(() => pspDecoder({ in: 2 })).toThrow("pspDecoder: `bins` must hold 1 to 2 numbers, as there are channels, got 4."); // prettier-ignore
    expect(() => pspDecoder({ in: 4, bins: [1, 0] })).toThrow("pspDecoder: `bins[1]` must be a whole number");
    expect(() => asppDecoder({ in: 4, rates: [0] })).toThrow("asppDecoder: `rates[0]` must be a whole number");
    const maps = tf.zeros([1, 3, 3, 5]);
    expect(() => pspDecoder({ in: 4 }).forward(maps, inferenceContext())).toThrow("pspDecoder: expected `map` of shape [batch, rows, columns, 4]"); // prettier-ignore
    expect(() => asppDecoder({ in: 4 }).forward(maps, inferenceContext())).toThrow("asppDecoder: expected `map` of shape [batch, rows, columns, 4]"); // prettier-ignore
    expect(() => fcnDecoder({ in: 4 }).forward(maps, inferenceContext())).toThrow("expected `x` of shape [batch, height, width, 4]"); // prettier-ignore
  });
});

describeOnEngines("sides that do not fit the stride", () => {
  it.each([
    ["corners", [16, 24], 1, 1, "multiples of 8, plus 1"],
    ["corners", [10, 17], 7, 0, "multiples of 8, plus 1"],
    ["centers", [17, 25], 7, 7, "multiples of 8"],
    ["centers", [8, 15], 0, 1, "multiples of 8"],
  ] as const)("%s: %j needs %i rows and %i columns", (align, [height, width], rows, columns, sides) => {
    const model = make({ align });
    const images = randomTensor<tf.Tensor4D>([2, height, width, 3]);
    const message = `whose sides are ${sides}, so that cells of the map lie on them as \`align: "${align}"\` says, got [2, ${height}, ${width}, 3]. Pad them by ${rows} rows and ${columns} columns, to ${height + rows} × ${width + columns}, or use \`padding: "zeros"\`.`; // prettier-ignore
    expect(() => model.forward(images, inferenceContext())).toThrow(message);
    expect(() => pixelLogits(model, images)).toThrow(message);
    const padding = make({ align, padding: "zeros" });
    tf.tidy(() => {
      const padded = tf.pad(images, [[0, 0], [0, rows], [0, columns], [0, 0]]); // prettier-ignore
      const want = tf.slice(pixelLogits(model, padded), 0, [2, height, width, 3]);
      const got = pixelLogits(padding, images);
      expect(got.shape).toEqual([2, height, width, 3]);
      assertClose(got, want, 1e-6);
      assertClose(padding.forward(images, inferenceContext()).logits, model.forward(padded, inferenceContext()).logits);
    });
    images.dispose();
    [model, padding].forEach((module) => module.dispose());
  });

  it("are none at the smallest sizes", () => {
    for (const [align, side] of [
      ["corners", 1],
      ["centers", 8],
    ] as const) {
      // prettier-ignore
      const model = make({ align });
      const logits = pixelLogits(model, tf.zeros([1, side, side, 3]));
      expect(logits.shape).toEqual([1, side, side, 3]);
      logits.dispose();
      model.dispose();
    }
  });
});
