import * as tf from "@tensorflow/tfjs-core";
import { convNet, projectedEncoder } from "@fovea/backbones";
import { inferenceContext, loadWeights, rng, trainingContext, weightsOf } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import { expect, it } from "vitest";
import { randomStatistics } from "./reference.js";

const ctx = inferenceContext();
const trunk = () => convNet({ channels: [5, 7] });

it("projectedEncoder is a matrix on each cell, batch norm and ReLU", () =>
  tf.tidy(() => {
    const encoder = projectedEncoder(trunk(), { channels: 11 });
    randomStatistics(encoder);
    const images = randomTensor<tf.Tensor4D>([2, 9, 12, 3]);
    const [map, inner] = encoder.maps(images, ctx, { take: ["projection", "stage2"] }) as [tf.Tensor4D, tf.Tensor4D];
    const of = (key: string) => weightsOf(encoder)[`projection.${key}`]!;
    const mixed = tf.matMul(tf.reshape(inner, [-1, 7]), tf.reshape(of("conv.weight"), [7, 11]));
    const standard = tf.div(tf.sub(mixed, of("norm.running_mean")), tf.sqrt(tf.add(of("norm.running_var"), 1e-5)));
    const want = tf.relu(tf.add(tf.mul(standard, of("norm.weight")), of("norm.bias")));
    assertClose(map, tf.reshape(want, [2, 3, 3, 11]), 1e-5);
    encoder.dispose();
  }));

it("projectedEncoder starts with every channel in use, though its trunk's maps have one sign", () =>
  tf.tidy(() => {
    const encoder = projectedEncoder(trunk(), { channels: 101 });
    const maps = tf.add<tf.Tensor4D>(tf.mul(tf.abs(randomTensor([2, 5, 5, 7])), 0.1), 1);
    const [map] = encoder.maps(maps, trainingContext(rng(0)), { from: "stage2" }) as [tf.Tensor4D];
    expect(Math.min(...tf.max(map, [0, 1, 2]).dataSync())).toBeGreaterThan(0);
    encoder.dispose();
  }));

it("projectedEncoder keeps its trunk's weights under their names, and taps its map under its own", () => {
  const [encoder, inner] = [projectedEncoder(trunk(), { channels: 11 }), convNet({ channels: [5, 7], seed: 3 })];
  const { loaded, unexpected } = loadWeights(encoder, weightsOf(inner), { strict: false });
  expect([loaded.length, unexpected]).toEqual([Object.keys(weightsOf(inner)).length, []]);
  const images = randomTensor<tf.Tensor4D>([1, 8, 8, 3]);
  const seen: string[] = [];
  const maps = [
    ...encoder.maps(images, inferenceContext((name) => seen.push(name)), { take: ["projection", "stage2"] }), // prettier-ignore
    ...inner.maps(images, ctx),
  ];
  assertClose(maps[1]!, maps[2]!, 0);
  expect(seen).toEqual(["stage1", "stage2", "projection"]);
  tf.dispose([images, maps]);
  encoder.dispose();
  inner.dispose();
});

it("projectedEncoder refuses no channels and a second projection", () => {
  const encoder = projectedEncoder(trunk(), { channels: 11 });
  expect(() => projectedEncoder(encoder, { channels: 0 })).toThrow(
    "projectedEncoder: `channels` must be a whole number of at least 1, got 0.",
  );
  expect(() => projectedEncoder(encoder, { channels: 2 })).toThrow(
    "projectedEncoder: expected an encoder without a stage `projection`; it is projected already.",
  );
  encoder.dispose();
});
