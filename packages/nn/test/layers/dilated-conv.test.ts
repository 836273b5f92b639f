import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { dilatedConv2d, dilatedDepthwiseConv2d } from "../../src/layers/dilated-conv.js";
import type { PadWidths } from "../../src/layers/window.js";
import { assertClose, assertGradient, randomTensor } from "../../src/testing/index.js";

type Maps = tf.Tensor4D;
type Sides = [height: number, width: number];

/** A kernel [height, width, in, out] with `dilation` − 1 zeros after each of its weights. */
const spread = (kernel: tf.Tensor, dilation: number): Maps => {
  const [height, width, ...channels] = kernel.shape as [number, number, number, number];
  const apart = [[0, 0], [0, dilation - 1], [0, 0], [0, dilation - 1], [0, 0], [0, 0]] as [number, number][]; // prettier-ignore
  const zeros = tf.pad(tf.reshape(kernel, [height, 1, width, 1, ...channels]), apart);
  return tf.reshape(zeros, [height * dilation, width * dilation, ...channels]);
};

/** The zeros that `spread` puts after the last weights reach beyond what is around the map. */
const padded = (x: tf.Tensor, dilation: number, [, [top, bottom], [left, right]]: PadWidths): Maps =>
  tf.pad(x, [[0, 0], [top, bottom + dilation - 1], [left, right + dilation - 1], [0, 0]]) as Maps; // prettier-ignore

const around = (height: Sides, width: Sides): PadWidths => [[0, 0], height, width, [0, 0]];

describeOnEngines("a dilated convolution", (engine) => {
  const cases: [name: string, map: Sides, kernel: Sides, dilation: number, PadWidths][] = [
    ["odd sides", [7, 5], [3, 3], 2, around([2, 2], [2, 2])],
    ["other zeros on each side", [9, 6], [3, 2], 2, around([3, 1], [0, 2])],
    ["no zeros around the map", [8, 9], [2, 3], 3, around([0, 0], [0, 0])],
    ["a dilation larger than the map", [3, 4], [3, 3], 6, around([6, 6], [6, 6])],
    ["more zeros than the kernel reaches", [4, 5], [2, 2], 2, around([3, 4], [5, 3])],
  ];

  it.each(cases)("has the gradients of a kernel with zeros between its weights: %s", (_, map, kernel, dilation, zeros) => {
    const x = randomTensor<tf.Tensor4D>([2, ...map, 9], 1);
    const full = randomTensor<tf.Tensor4D>([...kernel, 9, 4], 2);
    const single = randomTensor<tf.Tensor4D>([...kernel, 9, 2], 3);
    const expectSame = (dilated: typeof dilatedConv2d, dense: typeof tf.conv2d, weight: Maps) => {
      const [dx, dweight] = tf.grads((x, w) => tf.sin(dilated(x as Maps, w as Maps, dilation, zeros)))([x, weight]);
      const apart = tf.grads((x, w) => tf.sin(dense(padded(x, dilation, zeros), spread(w, dilation), 1, "valid")));
      const [expectedX, expectedWeight] = apart([x, weight]);
      assertClose(dx!, expectedX!, 1e-4);
      assertClose(dweight!, expectedWeight!, 1e-4);
    };
    expectSame(dilatedConv2d, tf.conv2d, full);
    expectSame(dilatedDepthwiseConv2d, tf.depthwiseConv2d, single);
  }); // prettier-ignore

  it.each(cases)("has the gradients of finite differences: %s", (_, map, kernel, dilation, zeros) => {
    const x = randomTensor([1, ...map, 3], 1);
    const full = (x: tf.Tensor, w: tf.Tensor) => dilatedConv2d(x as Maps, w as Maps, dilation, zeros);
    const depthwise = (x: tf.Tensor, w: tf.Tensor) => dilatedDepthwiseConv2d(x as Maps, w as Maps, dilation, zeros);
    assertGradient(full, [x, randomTensor([...kernel, 3, 2], 2)]);
    assertGradient(depthwise, [x, randomTensor([...kernel, 3, 2], 3)]);
  });

  it("leaves its gradients to the kernels of an engine that has them", async () => {
    const [x, weight] = [randomTensor([1, 4, 4, 1], 1), randomTensor([3, 3, 1, 1], 2)];
    const zeros = around([2, 2], [2, 2]);
    const gradients = () => tf.grads((x, w) => dilatedConv2d(x as Maps, w as Maps, 2, zeros))([x, weight]);
    const names = (await tf.profile(() => gradients())).kernelNames;
    const has = tf.getKernel("DilatedConv2DBackpropFilter", engine) !== undefined;
    expect(names.includes("DilatedConv2DBackpropFilter")).toBe(has);
    expect(names.includes("DilatedConv2DBackpropInput")).toBe(has);
    expect(names.includes(tf.Reverse)).toBe(!has);
  });
});
