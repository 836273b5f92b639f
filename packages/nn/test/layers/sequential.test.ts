import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import {
  flatten,
  identity,
  inferenceContext,
  linear,
  pureLayer,
  rng,
  sequential,
  trainingContext,
} from "../../src/index.js";
import { assertClose, assertNoLeak } from "../../src/testing/index.js";

it("runs in order and names the weights", () => {
  const layer = sequential({
    double: pureLayer((x) => tf.mul(x, 2)),
    inner: sequential({ fc: linear({ in: 2, out: 1, bias: false, init: "ones" }) }),
    plus: pureLayer((x) => tf.add(x, 1)),
  });
  assertClose(layer.forward(tf.tensor2d([[3, 4]]), inferenceContext()), tf.tensor2d([[15]]));
  expect(Object.keys(layer.params)).toEqual(["inner.fc.weight"]);
});

it("gives each layer its own scope", () => {
  const keys: string[] = [];
  const spy = pureLayer((x, ctx) => (keys.push(ctx.rng.key.join()), tf.clone(x)));
  sequential({ a: spy, b: sequential({ c: spy }) }).forward(tf.scalar(1), trainingContext(rng(1)));
  expect(keys).toEqual([rng(1).split("a"), rng(1).split("b", "c")].map((stream) => stream.key.join()));
});

it("empty, and of identities, it returns a tensor of its own", () => {
  const x = tf.tensor1d([1, 2]);
  for (const layer of [sequential({}), sequential({ a: identity() }), identity()]) {
    assertNoLeak(() => layer.forward(x, inferenceContext()));
    assertClose(x, [1, 2]);
  }
});

it("holds no result longer than the next layer reads it, unless it was kept", () => {
  const seen: tf.Tensor[] = [];
  const double = (keep: boolean) =>
    pureLayer((x) => {
      const y = tf.mul(x, 2);
      seen.push(keep ? tf.keep(y) : y);
      return y;
    });
  const layer = sequential({ a: double(false), b: double(true), c: double(false), d: double(false) });
  assertClose(layer.forward(tf.ones([3]), inferenceContext()), [16, 16, 16]);
  expect(seen.map(({ isDisposed }) => isDisposed)).toEqual([true, false, true, false]);
  seen[1]!.dispose();
});

it("has the gradients of its layers, one after another", () => {
  const layer = sequential({ square: pureLayer((x) => tf.square(x)), sine: pureLayer((x) => tf.sin(x)) });
  const x = tf.tensor1d([0.3, -1.2]);
  const own = tf.grad((x: tf.Tensor) => layer.forward(x, inferenceContext()))(x);
  assertClose(own, tf.mul(tf.mul(2, x), tf.cos(tf.square(x))), 1e-6);
});

it("flatten keeps the batch", () =>
  expect(flatten().forward(tf.zeros([2, 3, 5, 7]), inferenceContext()).shape).toEqual([2, 105]));
