import * as tf from "@tensorflow/tfjs-core";
import { classifier, resNet } from "@fovea/backbones";
import { inferenceContext, loadWeights, weightsOf } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { randomStatistics, referenceResNet } from "./reference.js";
import { resNetShapes, stateDict } from "./torchvision.js";

const ctx = inferenceContext();

describe("resNet", () => {
  it.each([
    [18, [2, 2, 2, 2], 2, 122],
    [34, [3, 4, 6, 3], 2, 218],
    [50, [3, 4, 6, 3], 3, 320],
  ] as const)("%i takes torchvision's state dict whole", (depth, repeats, convolutions, length) => {
    const model = classifier(resNet({ depth, width: 2 }), { classes: 3 });
    const shapes = resNetShapes(repeats, convolutions, { width: 2, classes: 3 });
    expect(Object.keys(shapes).length).toBe(length); // of torchvision's own
    const state = stateDict(shapes);
    const { loaded, missing, unexpected } = loadWeights(model, state, { from: "pytorch" });
    expect([missing, unexpected, loaded.length]).toEqual([[], [], Object.keys(weightsOf(model)).length]);
    const { "conv1.weight": kernel, "fc.weight": matrix, "layer4.0.bn2.running_var": variance } = weightsOf(model);
    assertClose(kernel!, tf.transpose(state["conv1.weight"]!, [2, 3, 1, 0]));
    assertClose(matrix!, tf.transpose(state["fc.weight"]!));
    assertClose(variance!, state["layer4.0.bn2.running_var"]!);
    model.dispose();
    tf.dispose(state);
  });

  it.each([18, 34, 50] as const)("%i computes what torchvision's code does", (depth) => {
    const encoder = resNet({ depth, width: 2 });
    randomStatistics(encoder);
    const images = randomTensor<tf.Tensor4D>([1, 67, 35, 3]);
    const [got, want] = [encoder.maps(images, ctx)[0]!, referenceResNet(weightsOf(encoder), images)];
    assertClose(got, want, 1e-4);
    encoder.dispose();
    tf.dispose([images, got, want]);
  });

  it("names its layers as torchvision does", () => {
    const { stages, dispose } = resNet({ depth: 50, width: 2 });
    dispose();
    expect(stages.map(({ name, channels, stride }) => [name, channels / 2, stride])).toEqual([
      ["relu", 1, 2],
      ["maxpool", 1, 4],
      ["layer1", 4, 4],
      ["layer2", 8, 8],
      ["layer3", 16, 16],
      ["layer4", 32, 32],
    ]);
  });

  it("builds nothing deeper than `until`, and the rest as ever", () => {
    const [whole, cut] = [resNet({ depth: 18, width: 2 }), resNet({ depth: 18, width: 2, until: "layer2" })];
    expect(cut.stages.at(-1)).toEqual({ name: "layer2", channels: 4, stride: 8 });
    expect(cut.dim).toBe(4);
    expect(Object.keys(cut.params)).toEqual(Object.keys(whole.params).filter((key) => !/^layer[34]/.test(key)));
    for (const [key, variable] of Object.entries(cut.params)) assertClose(variable, whole.params[key]!, 0);
    whole.dispose();
    cut.dispose();
  });

  it("refuses what there is not", () => {
    expect(() => resNet({ depth: 101 as 50 })).toThrow("resNet: `depth` must be 18, 34 or 50, got 101.");
    expect(() => resNet({ depth: 18, outputStride: 4 as 8 })).toThrow("`outputStride` must be 8, 16 or 32, got 4.");
    expect(() => resNet({ depth: 18, width: 0.5 })).toThrow(
      "resNet: `width` must be a whole number of at least 1, got 0.5.",
    );
    expect(() => resNet({ depth: 18, inChannels: 0 })).toThrow("resNet: `inChannels` must be a whole number");
    expect(() => resNet({ depth: 18, until: "layer5" })).toThrow("resNet: no stage `layer5`; there are relu, maxpool");
  });
});

describeOnEngines("resNet's output stride", () => {
  // Dilation replaces a stride without changing what any cell sees (à trous), borders included.
  it.each([
    [18, 16],
    [18, 8],
    [50, 8],
  ] as const)("%i at stride %i agrees with stride 32 wherever both have a cell", (depth, outputStride) => {
    const [coarse, fine] = [resNet({ depth, width: 2 }), resNet({ depth, width: 2, outputStride })];
    randomStatistics(coarse);
    expect(loadWeights(fine, weightsOf(coarse)).missing).toEqual([]);
    const images = randomTensor<tf.Tensor4D>([1, 67, 35, 3]);
    const [want, got] = [coarse.maps(images, ctx)[0]!, fine.maps(images, ctx)[0]!];
    expect(got.shape.slice(1, 3)).toEqual([67, 35].map((side) => Math.ceil(side / outputStride)));
    const every = 32 / outputStride;
    const sampled = tf.stridedSlice(got, [0, 0, 0, 0], got.shape, [1, every, every, 1]);
    expect(tf.max(tf.abs(want)).dataSync()[0]).toBeGreaterThan(1e-3);
    assertClose(sampled, want, 1e-4);
    coarse.dispose();
    fine.dispose();
    tf.dispose([images, want, got, sampled]);
  });
});
