import { layersModelEncoder } from "@fovea/backbones";
import { inferenceContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chain, same } from "./layers-models.js";

const ctx = inferenceContext();

describe("layersModelEncoder's strides", () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  class Picky extends tfl.layers.Layer {
    static className = "Picky";
    override computeOutputShape(shape: tfl.Shape): tfl.Shape {
      if (shape[1]! > 16) throw new Error("16 at most");
      return shape;
    }
  }
  const conv = (kernelSize: number, strides: number | [number, number], padding: "same" | "valid") =>
    tfl.layers.conv2d({ kernelSize, strides, padding, filters: 2 });
  const encoderOfLayers = (side: number | null, ...layers: tfl.layers.Layer[]) => {
    const input = tfl.input({ shape: [side, side, 3] });
    const outputs = chain(input, ...layers, tfl.layers.activation({ name: "map", activation: "relu" }));
    return layersModelEncoder(tfl.model({ inputs: input, outputs }), { stages: [{ name: "map" }] });
  };

  it.each<[string, number, number | null, () => tfl.layers.Layer[]]>([
    ["one valid convolution", 2, 10, () => [conv(3, 2, "valid")]], // 4 cells of 10 pixels
    ["one that makes one cell of an image", 2, 4, () => [conv(3, 2, "valid")]],
    ["padded to an odd side", 4, 15, () => [conv(3, 2, "same"), conv(3, 2, "same")]],
    ["two valid ones", 4, 64, () => [conv(7, 2, "valid"), conv(3, 2, "valid")]], // 14 cells of 64 pixels
    ["five of stride 1", 1, 16, () => Array.from({ length: 5 }, () => conv(3, 1, "valid"))], // 6 cells of 16 pixels
    ["a pool", 3, 16, () => [tfl.layers.maxPooling2d({ poolSize: 3 })]],
    ["a crop", 2, 16, () => [tfl.layers.cropping2D({ cropping: 3 }), conv(1, 2, "valid")]],
    ["padding around", 2, 6, () => [tfl.layers.zeroPadding2d({ padding: [4, 4] }), conv(3, 2, "valid")]],
    ["a map made larger", 2, 16, () => [conv(3, 4, "same"), tfl.layers.upSampling2d({ size: [2, 2] })]],
    [
      "a transposed convolution",
      1,
      16,
      () => [
        conv(3, 2, "same"),
        tfl.layers.conv2dTranspose({ kernelSize: 3, strides: 2, filters: 2, padding: "same" }),
      ],
    ],
    ["sides that are not declared", 6, null, () => [conv(3, 2, "same"), conv(3, 3, "valid")]],
  ])("are what a cell stands for: %s has %i", (_, stride, side, layers) => {
    const encoder = encoderOfLayers(side, ...layers());
    expect(encoder.stages[0].stride).toBe(stride);
    if (side !== null) return;
    const cells = [60, 120].map((height) => encoder.maps(tf.zeros([1, height, 60, 3]), ctx)[0]!.shape[1]);
    expect(60 / (cells[1]! - cells[0]!)).toBe(stride);
  });

  it.each<[string, string, number | null, () => tfl.layers.Layer[]]>([
    [
      "cells that are not square",
      "a cell of its map stands for 2 × 1 pixels, not for a square with a whole number of pixels.",
      16,
      () => [conv(3, [2, 1], "same")],
    ],
    [
      "cells of half a pixel",
      "a cell of its map stands for 0.5 × 0.5 pixels, not for a square with a whole number of pixels.",
      16,
      () => [tfl.layers.upSampling2d({ size: [2, 2] })],
    ],
    ["images of one size", "its layers take images of one size only (16 at most).", 16, () => [new Picky({})]],
    [
      "a map of one size",
      "the size of its map does not grow with that of the images.",
      4,
      () => [tfl.layers.flatten(), tfl.layers.reshape({ targetShape: [2, 2, 12] })],
    ],
  ])("are asked for with %s", (_, message, side, layers) => {
    expect(() => encoderOfLayers(side, ...layers())).toThrow(
      `layersModelEncoder: give the \`stride\` of \`map\`: ${message}`,
    );
  });

  it("are what the caller says", () => {
    const input = tfl.input({ shape: [16, 16, 3] });
    const outputs = tfl.layers.conv2d({ ...same, strides: [2, 1], name: "map", filters: 2 }).apply(input);
    const model = tfl.model({ inputs: input, outputs: outputs as tfl.SymbolicTensor });
    const encoder = layersModelEncoder(model, { stages: [{ name: "map", stride: 2 }] });
    expect(encoder.stages[0].stride).toBe(2);
  });
});
