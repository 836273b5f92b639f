import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { averagePool2d, conv2d, depthwiseConv2d, inferenceContext, maxPool2d, ShapeError } from "../../src/index.js";

const ctx = inferenceContext();
const layers = {
  maxPool2d: maxPool2d({ kernel: 3, stride: 2 }),
  averagePool2d: averagePool2d({ kernel: 3, stride: 2 }),
  conv2d: conv2d({ in: 2, out: 1, kernel: 2, dilation: 2, padding: "valid" }),
  depthwiseConv2d: depthwiseConv2d({ channels: 2, kernel: 3, padding: "valid" }),
};

it.each(Object.entries(layers))(
  "%s refuses a map that its window does not fit into, and takes one that just fits",
  (name, layer) => {
    expect(() => layer.forward(tf.zeros([1, 2, 5, 2]), ctx)).toThrow(ShapeError);
    expect(() => layer.forward(tf.zeros([1, 2, 5, 2]), ctx)).toThrow(
      `${name}: expected \`x\` with sides of at least the window's 3 × 3 cells, padding included, got [1, 2, 5, 2].`,
    );
    expect(layer.forward(tf.zeros([1, 3, 3, 2]), ctx).shape.slice(1, 3)).toEqual([1, 1]);
  },
);

it("counts padding", () => {
  const padded = maxPool2d({ kernel: 3, stride: 2, padding: 1 });
  expect(padded.forward(tf.zeros([1, 1, 1, 2]), ctx).shape).toEqual([1, 1, 1, 2]);
});
