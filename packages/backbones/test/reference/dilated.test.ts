import { resNet } from "@fovea/backbones";
import { inferenceContext, loadWeights } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { resNetShapes } from "../torchvision.js";

interface Reference {
  readonly image: readonly number[];
  readonly cases: readonly {
    readonly outputStride: 8 | 16 | 32;
    readonly shape: readonly number[];
    readonly map: readonly number[];
  }[];
}

const { image, cases } = JSON.parse(readFileSync(new URL("dilated.json", import.meta.url), "utf8")) as Reference;

/** As dilated.py has it. */
function numbers(shape: readonly number[], seed: number): tf.Tensor {
  const fraction = (x: number) => x - Math.floor(x);
  const draw = (_: unknown, i: number) => 2 * fraction(Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453) - 1;
  return tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, draw), [...shape]);
}

/** As dilated.py has it, in PyTorch's order and layouts. */
function weights(): Record<string, tf.Tensor> {
  const shapes = Object.entries(resNetShapes([3, 4, 6, 3], 3, { width: 2, classes: 1 }));
  const named = shapes.filter(([name]) => !name.startsWith("fc.") && !name.endsWith("num_batches_tracked"));
  return tf.tidy(() =>
    Object.fromEntries(
      named.map(([name, shape], at) => {
        const draws = numbers(shape, at);
        if (shape.length > 1) return [name, tf.mul(draws, Math.sqrt((3 * shape[0]!) / draws.size))];
        return [name, tf.add(tf.mul(draws, 0.1), /(bias|running_mean)$/.test(name) ? 0 : 1)];
      }),
    ),
  );
}

const nchw = (map: tf.Tensor): tf.Tensor => tf.transpose(map, [0, 3, 1, 2]);

describeOnEngines("torchvision's ResNet with dilation instead of stride", () => {
  it.each(cases)("is `resNet` with outputStride $outputStride", ({ outputStride, shape, map }) => {
    const encoder = resNet({ depth: 50, width: 2, outputStride });
    const state = weights();
    expect(loadWeights(encoder, state, { from: "pytorch" }).missing).toEqual([]);
    tf.tidy(() => {
      const images = tf.transpose(numbers(image, 1000), [0, 2, 3, 1]) as tf.Tensor4D;
      const got = nchw(encoder.maps(images, inferenceContext())[0]!);
      expect(got.shape).toEqual(shape);
      assertClose(got, tf.tensor([...map], [...shape]), 1e-4);
    });
    encoder.dispose();
    tf.dispose(state);
  });
});
