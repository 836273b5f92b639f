import * as tf from "@tensorflow/tfjs-core";
import {
  freeze,
  inferenceContext,
  rng,
  trainingContext,
  unfreeze,
  valueAndGradients,
  type ImageEncoder,
} from "@fovea/nn";
import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES } from "./encoders.js";

const ctx = inferenceContext();

describe.each(CASES)("$name", ({ make, side, cells }) => {
  let encoder: ImageEncoder;
  let images: tf.Tensor4D;
  let names: string[];
  beforeAll(() => {
    encoder = make(1);
    images = randomTensor<tf.Tensor4D>([2, side, side + 2, encoder.inChannels]);
    names = encoder.stages.map((stage) => stage.name);
  });
  afterAll(() => {
    encoder.dispose();
    images.dispose();
  });

  it("gives maps of the channels and strides it declares", () => {
    const maps = encoder.maps(images, ctx, { take: names });
    const declared = encoder.stages.map(({ channels, stride }) => [
      2,
      cells(side, stride),
      cells(side + 2, stride),
      channels,
    ]);
    expect(maps.map((map) => map.shape)).toEqual(declared);
    tf.dispose(maps);
  });

  it("goes on from any map as if it had run through", () => {
    const [last] = encoder.maps(images, ctx) as [tf.Tensor4D];
    const maps = encoder.maps(images, ctx, { take: names });
    maps.slice(0, -1).forEach((map, i) => {
      const [resumed] = encoder.maps(map, ctx, { from: names[i]! }) as [tf.Tensor4D];
      assertClose(resumed, last, 1e-6);
      resumed.dispose();
    });
    tf.dispose([last, maps]);
  });

  it("returns maps in the order asked for and computes nothing deeper", () => {
    const seen: string[] = [];
    const [second, first] = encoder.maps(
      images,
      inferenceContext((name) => seen.push(name)),
      { take: [names[1]!, names[0]!] },
    );
    expect(seen).toEqual([names[0], names[1]]);
    expect([first!.shape[3], second!.shape[3]]).toEqual(encoder.stages.slice(0, 2).map((stage) => stage.channels));
    tf.dispose([first!, second!]);
  });

  it("averages the last map to its vector", () => {
    const [map] = encoder.maps(images, ctx) as [tf.Tensor4D];
    const [vector, mean] = [encoder.vector(images, ctx), tf.mean(map, [1, 2])];
    expect(vector.shape).toEqual([2, encoder.dim]);
    assertClose(vector, mean);
    tf.dispose([map, vector, mean]);
  });

  it("is finite and lets the gradient reach every param", () => {
    const loss = () => tf.mean<tf.Scalar>(tf.square(encoder.vector(images, ctx)));
    const { value, gradients } = valueAndGradients(encoder.params, loss);
    expect(value.dataSync()[0]).toSatisfy(Number.isFinite);
    for (const key of Object.keys(encoder.params)) {
      const gradient = gradients[key];
      const size = gradient ? Math.max(...gradient.dataSync().map(Math.abs)) : 0;
      expect(size > 0 && size < Infinity, `gradient of ${key}: ${size}`).toBe(true);
    }
    tf.dispose([value, gradients]);
  });

  it("leaves no tensors behind", () => {
    assertNoLeak(() => encoder.maps(images, ctx, { take: names }), 1);
    assertNoLeak(() => encoder.vector(images, trainingContext(rng(0))), 1);
  });

  it("frees everything when disposed", () => {
    const before = tf.memory().numTensors;
    make(2).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("starts the same for the same seed and otherwise for another", () => {
    const made = [make(1), make(2)];
    const values = [encoder, ...made].map(({ params }) =>
      Object.values(params).map((variable) => [...variable.dataSync()]),
    );
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).not.toEqual(values[0]);
    made.forEach((module) => module.dispose());
  });

  it("keeps the running statistics of batch norms that are frozen, and updates the others", () => {
    const statistics = () => Object.values(encoder.buffers).map((buffer) => [...buffer.dataSync()]);
    const step = () => encoder.vector(images, trainingContext(rng(0))).dispose();
    const before = statistics();
    freeze(encoder);
    step();
    expect(statistics()).toEqual(before);
    const trained = encoder.vector(images, trainingContext(rng(0)));
    const inferred = encoder.vector(images, ctx);
    assertClose(trained, inferred);
    unfreeze(encoder);
    step();
    statistics().forEach((values, i) => expect(values).not.toEqual(before[i]));
    tf.dispose([trained, inferred]);
  });

  it("freezes only the prefix it is told", () => {
    const first = Object.keys(encoder.params)[0]!;
    freeze(encoder, first);
    expect(
      Object.entries(encoder.params)
        .filter(([, variable]) => !variable.trainable)
        .map(([key]) => key),
    ).toEqual([first]);
    unfreeze(encoder);
  });

  it("refuses stages there are not, runs backwards and images of other channels", () => {
    const [first, last] = [names[0]!, names.at(-1)!];
    expect(() => encoder.maps(images, ctx, { take: ["layer9"] })).toThrow(`no stage \`layer9\`; there are ${first}`);
    expect(() => encoder.maps(images, ctx, { take: [first], from: last })).toThrow(
      `\`${first}\` is not deeper than \`${last}\``,
    );
    const grey = randomTensor<tf.Tensor4D>([1, side, side, encoder.inChannels + 1]);
    expect(() => encoder.maps(grey, ctx)).toThrow(/maps: expected `x` of shape \[batch, height, width, 3\]/);
    grey.dispose();
  });
});
