import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { fallbacks, resetFallbacks } from "@fovea/tfjs-backend-onnxruntime";
import { afterEach, beforeAll, expect, it } from "vitest";

const [side, perKind, kinds] = [16, 6, 3];

/** A disc, a cross or a grating, of some size, place and colour; from 0 to 1. */
function pixelsOf(kind: number, i: number): number[] {
  const [cx, cy, radius] = [6 + (i % 4), 6 + ((i >> 2) % 4), 3 + (i % 3)];
  const inside = (x: number, y: number): boolean =>
    kind === 0
      ? Math.hypot(x - cx, y - cy) < radius
      : kind === 1
        ? Math.abs(x - cx) < 2 || Math.abs(y - cy) < 2
        : (x + y + i) % radius === 0;
  return Array.from({ length: side * side }, (_, p) => inside(p % side, Math.floor(p / side))).flatMap((on) =>
    [0, 1, 2].map((colour) => (on ? 1 : 0) * (0.5 + ((i + colour) % 3) / 6)),
  );
}

function dataset(): { images: tf.Tensor4D; labels: tf.Tensor2D } {
  const which = Array.from({ length: perKind * kinds }, (_, i) => i % kinds);
  return {
    images: tf.tensor4d(which.flatMap((kind, i) => pixelsOf(kind, i)), [which.length, side, side, 3]), // prettier-ignore
    labels: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(which, "int32"), kinds), "float32") as tf.Tensor2D),
  };
}

const net = () =>
  layers.sequential({
    layers: [
      layers.layers.conv2d({ filters: 8, kernelSize: 3, activation: "relu", padding: "same", inputShape: [side, side, 3] }), // prettier-ignore
      layers.layers.batchNormalization(),
      layers.layers.maxPooling2d({ poolSize: 2 }),
      layers.layers.separableConv2d({ filters: 12, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
      layers.layers.depthwiseConv2d({ kernelSize: 3, padding: "same" }),
      layers.layers.batchNormalization(),
      layers.layers.flatten(),
      layers.layers.dropout({ rate: 0 }),
      layers.layers.dense({ units: 16, activation: "tanh" }),
      layers.layers.dense({ units: kinds, activation: "softmax" }),
    ],
  });

/** What training gives on a backend, from weights that are the same on all. */
async function trained(backend: string) {
  await tf.setBackend(backend);
  const model = net();
  const initial = model.getWeights().map(
    ({ shape }, i) =>
    tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, j) => 0.3 * Math.sin(i + 0.7 * j * j)), shape), // prettier-ignore
  );
  const variances = new Set(model.layers.flatMap((layer) => layer.nonTrainableWeights.filter(({ name }) => name.includes("variance")))); // prettier-ignore
  model.setWeights(initial.map((values, i) => (variances.has(model.weights[i]!) ? tf.abs(values) : values)));
  model.compile({ optimizer: tf.train.momentum(0.02, 0.9), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const { images, labels } = dataset();
  const { history } = await model.fit(images, labels, {
    batchSize: 12, // the last batch is smaller
    epochs: 6,
    shuffle: false,
    validationData: [images, labels],
    verbose: 0,
  });
  const predicted = model.predict(images) as tf.Tensor;
  return { history: history as Record<string, number[]>, predictions: [...(await predicted.data())] };
}

let expected: Awaited<ReturnType<typeof trained>>;
beforeAll(async () => void (expected = await trained("cpu")));
afterEach(() => tf.env().set("ONNXRUNTIME_ALL_NATIVE", false));

it.each([false, true])("tf.layers trains to the same losses as on cpu (everything native: %s)", async (allNative) => {
  tf.env().set("ONNXRUNTIME_ALL_NATIVE", allNative);
  resetFallbacks();
  const actual = await trained("onnxruntime");
  expect(fallbacks()).toEqual({});
  expect(Object.keys(actual.history).sort()).toEqual(["acc", "loss", "val_acc", "val_loss"]);
  for (const [name, values] of Object.entries(expected.history))
    values.forEach((value, i) => expect(actual.history[name]![i], `${name} of epoch ${i}`).toBeCloseTo(value, 4));
  actual.predictions.forEach((p, i) => expect(p).toBeCloseTo(expected.predictions[i]!, 3));
  expect(expected.history["loss"]!.at(-1)).toBeLessThan(0.7 * expected.history["loss"]![0]!);
});
