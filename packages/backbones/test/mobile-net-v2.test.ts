import * as tf from "@tensorflow/tfjs-core";
import { classifier, mobileNetV2 } from "@fovea/backbones";
import { countParams, inferenceContext, loadWeights, weightsOf } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { randomStatistics, referenceMobileNetV2 } from "./reference.js";
import { mobileNetV2Shapes, stateDict } from "./torchvision.js";

const ctx = inferenceContext();
const keys = { weight: "predictions/kernel", bias: "predictions/bias" };

describe("mobileNetV2", () => {
  it("has Keras' names, layouts and nothing else", () => {
    const model = classifier(mobileNetV2({ alpha: 0.1 }), { classes: 2, keys });
    const norm = (name: string) => ["gamma", "beta", "moving_mean", "moving_variance"].map((leaf) => `${name}/${leaf}`);
    const block = (prefix: string, expands: boolean) => [
      ...(expands ? [`${prefix}_expand/kernel`, ...norm(`${prefix}_expand_BN`)] : []),
      ...[`${prefix}_depthwise/depthwise_kernel`, ...norm(`${prefix}_depthwise_BN`)],
      ...[`${prefix}_project/kernel`, ...norm(`${prefix}_project_BN`)],
    ];
    const expected = [
      ...["Conv1/kernel", ...norm("bn_Conv1")],
      ...block("expanded_conv", false),
      ...Array.from({ length: 16 }, (_, i) => block(`block_${i + 1}`, true)).flat(),
      ...["Conv_1/kernel", ...norm("Conv_1_bn"), "predictions/kernel", "predictions/bias"],
    ];
    expect(Object.keys(weightsOf(model)).sort()).toEqual(expected.sort());
    expect(Object.keys(model.buffers).every((key) => key.includes("/moving_"))).toBe(true);
    expect(model.params["Conv1/kernel"]!.shape).toEqual([3, 3, 3, 8]);
    expect(model.params["block_3_depthwise/depthwise_kernel"]!.shape).toEqual([3, 3, 48, 1]);
    model.dispose();
  });

  it("has a stage for each block, and for the finer map inside those of stride 2", () => {
    const { stages, dispose } = mobileNetV2({ until: "block_6_project_BN" });
    dispose();
    expect(stages.map(({ name, channels, stride }) => `${name} ${channels} ${stride}`)).toEqual([
      "Conv1_relu 32 2",
      "expanded_conv_project_BN 16 2",
      "block_1_expand_relu 96 2",
      "block_1_project_BN 24 4",
      "block_2_add 24 4",
      "block_3_expand_relu 144 4",
      "block_3_project_BN 32 8",
      "block_4_add 32 8",
      "block_5_add 32 8",
      "block_6_expand_relu 192 8",
      "block_6_project_BN 64 16",
    ]);
  });

  it("rounds channels as Keras does, which gives narrow networks more shortcuts", () => {
    const narrow = mobileNetV2({ alpha: 0.25, until: "block_11_add" });
    const channels = Object.fromEntries(narrow.stages.map((stage) => [stage.name, stage.channels]));
    expect(channels).toMatchObject({ Conv1_relu: 8, expanded_conv_add: 8, block_10_project_BN: 24 });
    narrow.dispose();
  });

  it.each([6, 7])("pads a side of %i before stride 2 by Keras' correct_pad", (side) => {
    const encoder = mobileNetV2({ alpha: 0.1, until: "Conv1_relu" });
    const images = randomTensor<tf.Tensor4D>([1, side, side, 3]);
    const [map] = encoder.maps(images, ctx) as [tf.Tensor4D];
    tf.tidy(() => {
      const correct: [number, number] = [1 - ((side + 1) % 2), 1]; // (0, 1) if even, (1, 1) if odd
      const padded = tf.pad(images, [[0, 0], correct, correct, [0, 0]]);
      const convolved = tf.conv2d(padded, encoder.params["Conv1/kernel"] as tf.Tensor4D, 2, "valid");
      assertClose(map, tf.relu6(tf.div(convolved, Math.sqrt(1 + 1e-3)))); // a fresh batch norm, whose epsilon is 1e-3
    });
    tf.dispose([images, map]);
    encoder.dispose();
  });

  it("adds a block's input to its output where the name says so", () => {
    const encoder = mobileNetV2({ alpha: 0.1, until: "block_2_add" });
    const gamma = encoder.params["block_2_project_BN/gamma"]!;
    gamma.assign(tf.zerosLike(gamma));
    const images = randomTensor<tf.Tensor4D>([1, 9, 9, 3]);
    const [before, after] = encoder.maps(images, ctx, { take: ["block_1_project_BN", "block_2_add"] });
    assertClose(after!, before!);
    encoder.dispose();
    tf.dispose([images, before!, after!]);
  });

  it("refuses what there is not", () => {
    expect(() => mobileNetV2({ variant: "pytorch" as "keras" })).toThrow(
      "mobileNetV2: `variant` must be one of keras, torchvision, got pytorch.",
    );
    expect(() => mobileNetV2({ alpha: 0 })).toThrow("mobileNetV2: `alpha` must be positive, got 0.");
    expect(() => mobileNetV2({ outputStride: 4 as 8 })).toThrow(
      "mobileNetV2: `outputStride` must be 8, 16 or 32, got 4.",
    );
    expect(() => mobileNetV2({ until: "block_1_add" })).toThrow(
      "mobileNetV2: no stage `block_1_add`; there are Conv1_relu",
    );
  });
});

describe("mobileNetV2 as torchvision's", () => {
  const variant = "torchvision";
  const head = { weight: "classifier.1.weight", bias: "classifier.1.bias" };

  it.each([0.1, 0.35, 1.4])("takes its state dict whole, at alpha %f", (alpha) => {
    const model = classifier(mobileNetV2({ variant, alpha }), { classes: 3, keys: head });
    const shapes = mobileNetV2Shapes({ alpha, classes: 3 });
    expect(Object.keys(shapes).length).toBe(314); // of torchvision's own
    const state = stateDict(shapes);
    const { loaded, missing, unexpected } = loadWeights(model, state, { from: "pytorch" });
    expect([missing, unexpected, loaded.length]).toEqual([[], [], Object.keys(weightsOf(model)).length]);
    const weights = weightsOf(model);
    assertClose(weights["features.0.0.weight"]!, tf.transpose(state["features.0.0.weight"]!, [2, 3, 1, 0]));
    const depthwise = "features.2.conv.1.0.weight";
    assertClose(weights[depthwise]!, tf.transpose(state[depthwise]!, [2, 3, 0, 1]));
    const variance = "features.17.conv.3.running_var";
    assertClose(weights[variance]!, state[variance]!);
    model.dispose();
    tf.dispose(state);
  });

  it.each([
    [0.1, [1, 64, 35, 3]], // even sides and odd ones, which Keras would pad otherwise
    [0.35, [2, 33, 64, 3]],
  ] as const)("computes what its code does, at alpha %f", (alpha, shape) => {
    const encoder = mobileNetV2({ variant, alpha });
    randomStatistics(encoder);
    const images = randomTensor<tf.Tensor4D>(shape);
    const [got, want] = [encoder.maps(images, ctx)[0]!, referenceMobileNetV2(weightsOf(encoder), images)];
    assertClose(got, want, 1e-4);
    encoder.dispose();
    tf.dispose([images, got, want]);
  });

  it("has Keras' stages, and 3,504,872 weights for 1000 classes", () => {
    const whole = classifier(mobileNetV2({ variant }), { classes: 1000, keys: head });
    expect(countParams(whole)).toBe(3_504_872); // published by torchvision
    const [keras, other] = [mobileNetV2(), mobileNetV2({ variant })];
    expect(other.stages).toEqual(keras.stages);
    [whole, keras, other].forEach((model) => model.dispose());
  });
});

describeOnEngines("mobileNetV2's output stride", () => {
  // Dilation replaces a stride without changing what any cell sees. Keras' windows of stride 2 begin at the first cell
  // of an even side, so that cell i lies on cell 2i + 1 of the finer map; on an odd one, and in torchvision, on cell
  // 2i.
  it.each([
    ["torchvision", 16, [67, 64], [0, 0]],
    ["torchvision", 8, [67, 64], [0, 0]],
    ["keras", 16, [65, 64], [0, 1]],
    ["keras", 8, [65, 64], [0, 3]],
    ["keras", 8, [41, 48], [1, 1]], // 6, then 3 cells: only the first of the two strides meets an even side
  ] as const)("of %s, %i, agrees with stride 32 wherever both have a cell", (variant, outputStride, sides, start) => {
    const config = { variant, alpha: 0.1, until: "block_16_project_BN" } as const;
    const [coarse, fine] = [mobileNetV2(config), mobileNetV2({ ...config, outputStride })];
    randomStatistics(coarse);
    expect(loadWeights(fine, weightsOf(coarse)).missing).toEqual([]);
    const images = randomTensor<tf.Tensor4D>([1, ...sides, 3]);
    const [want, got] = [coarse.maps(images, ctx)[0]!, fine.maps(images, ctx)[0]!];
    expect(got.shape.slice(1, 3)).toEqual(sides.map((side) => Math.ceil(side / outputStride)));
    const every = 32 / outputStride;
    const sampled = tf.stridedSlice(got, [0, ...start, 0], got.shape, [1, every, every, 1]);
    expect(tf.max(tf.abs(want)).dataSync()[0]).toBeGreaterThan(1e-3);
    assertClose(sampled, want, 1e-4);
    [coarse, fine].forEach((encoder) => encoder.dispose());
    tf.dispose([images, want, got, sampled]);
  });

  it("keeps the names of stages, and tells their strides", () => {
    const strides = (outputStride: 8 | 16 | 32) => {
      const { stages, dispose } = mobileNetV2({ alpha: 0.1, outputStride });
      dispose();
      return Object.fromEntries(stages.map(({ name, stride }) => [name, stride]));
    };
    const published = strides(32);
    for (const outputStride of [8, 16] as const)
      expect(strides(outputStride)).toEqual(
        Object.fromEntries(Object.entries(published).map(([name, stride]) => [name, Math.min(stride, outputStride)])),
      );
  });
});
