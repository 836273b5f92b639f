import * as tf from "@tensorflow/tfjs-core";
import { compile } from "@fovea/tfjs-backend-onnxruntime";
import { afterEach, describe, expect, it } from "vitest";

afterEach(() => tf.disposeVariables());

const noise = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.5, "float32", seed);

type Net = (x: tf.Tensor4D, weights: readonly tf.Tensor[]) => tf.Tensor;

/** How far two tensors are apart, by the larger one's greatest number. */
const distance = (a: tf.Tensor, b: tf.Tensor): number =>
  tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.maximum(tf.max(tf.abs(a)), 1e-20)).dataSync()[0]!);

/** The value of a net and its gradients are the same, compiled and not. */
function expectSame(net: Net, maps: number[], weights: readonly number[][], limit = 1e-5): void {
  const xs = [maps, ...weights].map((shape, i) => noise(shape, i + 1));
  const everything = (...all: tf.Tensor[]) => {
    const y = net(all[0] as tf.Tensor4D, all.slice(1));
    const along = noise(y.shape, 99);
    const { grads } = tf.valueAndGrads((...inputs: tf.Tensor[]) =>
      tf.sum(tf.mul(net(inputs[0] as tf.Tensor4D, inputs.slice(1)), along)),
    )(all);
    return [y, ...grads];
  };
  const compiled = compile((...all: tf.Tensor[]) => everything(...all.slice(0, -1)));
  const eager = tf.tidy(() => everything(...xs));
  const got = compiled(...xs, tf.scalar(0));
  eager.forEach((tensor, i) => {
    expect(got[i]!.shape).toEqual(tensor.shape);
    expect(distance(tensor, got[i]!)).toBeLessThan(limit);
  });
  compiled.dispose();
  tf.dispose([xs, eager, got]);
}

const conv = (x: tf.Tensor, w: tf.Tensor, strides = 1) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, "same"); // prettier-ignore

/** In training: with the statistics of the batch. */
function batchNorm(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
  const { mean, variance } = tf.moments(rows, 0);
  const centred = tf.div(tf.sub(rows, mean), tf.sqrt(tf.add(variance, 1e-3)));
  return tf.reshape(tf.add(tf.mul(centred, weight), bias), x.shape);
}

/** Sizes that blocks of channels, and of rows, do and do not divide. */
const sizes = [
  [2, 20, 20, 16, 32],
  [3, 19, 21, 24, 20],
  [1, 23, 18, 9, 13],
  [16, 11, 11, 16, 16],
] as const;

describe.each(sizes)("maps [%i, %i, %i, %i] to %i channels", (n, h, w, c, o) => {
  const filter = [3, 3, c, o];

  it("go through a residual block with batch norms and smooth activations", () => {
    const net: Net = (x, [w1, g1, b1, w2, g2, b2, w3]) => {
      const y = tf.tanh(batchNorm(conv(x, w1!), g1!, b1!));
      return tf.tanh(tf.add(batchNorm(conv(y, w2!), g2!, b2!), conv(x, w3!)));
    };
    expectSame(net, [n, h, w, c], [filter, [o], [o], [3, 3, o, o], [o], [o], [1, 1, c, o]]);
  });

  it("go through strides, sums and means", () => {
    const net: Net = (x, [w1, w2, v]) => {
      const y = tf.sub(tf.mul(conv(x, w1!, 2), v!), 0.5);
      const z = tf.sub(v!, tf.neg(tf.div(tf.square(y), 3)));
      return tf.mean(tf.addN([z, y, conv(y, w2!)]), [1, 2]);
    };
    expectSame(net, [n, h, w, c], [filter, [3, 3, o, o], [o]]);
  });

  it("go through ReLUs and a max pooling", () => {
    const net: Net = (x, [w1, w2]) => {
      const y = tf.maxPool(tf.relu(conv(x, w1!)) as tf.Tensor4D, 3, 2, "same");
      return tf.relu6(tf.add(conv(y, w2!), 1));
    };
    expectSame(net, [n, h, w, c], [filter, [3, 3, o, o]]);
  });

  it("are normalised with kept statistics", () => {
    const net: Net = (x, [w1, mean, deviation, offset, scale]) => {
      const variance = tf.add(tf.square(deviation!), 0.5);
      const y = tf.batchNorm(conv(x, w1!), mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D); // prettier-ignore
      return tf.depthwiseConv2d(tf.tanh(y) as tf.Tensor4D, tf.reshape(scale!, [1, 1, o, 1]), 1, "same");
    };
    expectSame(net, [n, h, w, c], [filter, [o], [o], [o], [o]]);
  });

  it("go through windows that leave rows and columns out", () => {
    const net: Net = (x, [w1, w2]) => {
      const y = tf.conv2d(x, w1 as tf.Tensor4D, [2, 3], "valid");
      return tf.add(tf.sum(tf.square(tf.conv2d(x, w2 as tf.Tensor4D, [1, 2], 1)), [1, 2]), tf.mean(y, [1, 2]));
    };
    expectSame(net, [n, h, w, c], [[3, 2, c, o], filter]); // prettier-ignore
  });

  it("are made of images", () => {
    const net: Net = (x, [w1, w2]) => conv(tf.tanh(conv(x, w1!, 2)), w2!);
    expectSame(net, [n, h, w, 3], [[7, 7, 3, o], [3, 3, o, o]]); // prettier-ignore
  });

  it("are read in other shapes, types and orders", () => {
    const net: Net = (x, [w1]) => {
      const y = conv(x, w1!);
      const isHigh = tf.cast(tf.greater(y, 0.1), "float32");
      const rows = tf.reshape(y, [n, h * w, o]);
      const halves = tf.concat([tf.mul(y, isHigh), tf.where(tf.less(y, 0), tf.square(y), y)], 3);
      const whole = tf.sum(tf.square(tf.reshape(y, [n, h, w * o])), [1, 2]);
      return tf.add(tf.sum(halves), tf.mul(tf.mean(rows, 1), tf.reshape(whole, [n, 1])));
    };
    expectSame(net, [n, h, w, c], [filter]);
  });
});

describe("what a compiled function computes of variables alone", () => {
  it("follows them when they are assigned", () => {
    const shapes = [[3, 3, 16, 20], [20], [20], [20], [20]]; // prettier-ignore
    const variables = shapes.map((shape, i) => tf.tidy(() => tf.variable(tf.abs(noise(shape, i)))));
    const x = noise([2, 19, 20, 16], 9) as tf.Tensor4D;
    const run = () => {
      const [w, mean, variance, offset, scale] = variables as tf.Tensor[];
      return tf.relu(tf.batchNorm(conv(x, w!), mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D)); // prettier-ignore
    };
    const compiled = compile(run);
    for (let i = 0; i < 3; i++) {
      const [eager, got] = [tf.tidy(run), compiled()];
      expect(distance(eager, got)).toBeLessThan(1e-5);
      const next = tf.tidy(() => tf.abs(noise(shapes[i]!, 20 + i)));
      variables[i]!.assign(next);
      tf.dispose([eager, got, next]);
    }
    compiled.dispose();
    tf.dispose([x, variables]);
  });

  it("may be maps resized to any size", () => {
    const map = tf.tidy(() => tf.variable(noise([1, 3, 4, 2], 1)));
    const taller = (rows: number) =>
      tf.exp(tf.reshape(tf.image.resizeBilinear(tf.exp(map) as tf.Tensor4D, [rows, 7], true), [-1, 2]));
    for (let rows = 1; rows < 30; rows++) {
      const compiled = compile(() => taller(rows));
      const [eager, got] = [tf.tidy(() => taller(rows)), compiled()];
      expect(distance(eager, got)).toBeLessThan(1e-6);
      compiled.dispose();
      tf.dispose([eager, got]);
    }
  });
});

describe("a convolution's gradients", () => {
  it.each<[n: number, side: number, c: number, filter: [number, number], stride: number, dilation: number, pad: "same" | "valid" | number]>([
    [8, 32, 3, [7, 7], 2, 1, "same"],
    [3, 21, 3, [3, 5], 1, 1, "valid"],
    [5, 23, 1, [5, 3], 3, 1, "same"],
    [2, 30, 7, [3, 3], 2, 1, 1],
    [2, 30, 4, [1, 3], 1, 1, "same"],
    [2, 28, 3, [3, 3], 1, 2, "same"],
    [7, 15, 20, [3, 5], 2, 1, "same"],
    [2, 28, 16, [3, 3], 1, 2, "valid"],
    [4, 17, 16, [3, 3], 1, 4, "same"],
    [5, 9, 24, [2, 3], 1, 3, "same"],
    [5, 9, 24, [3, 2], 1, 3, "same"],
    [4, 11, 16, [3, 3], 1, 12, "same"],
    [1, 26, 40, [5, 1], 1, 1, "same"],
  ])("are right for %i × %i² × %i, filter %j, stride %i, dilation %i, pad %s", (n, side, c, filter, stride, dilation, pad) => {
    const net: Net = (x, [w]) => tf.tanh(tf.conv2d(x, w as tf.Tensor4D, stride, pad, "NHWC", dilation));
    expectSame(net, [n, side, side, c], [[...filter, c, 24]]);
  }); // prettier-ignore
});
