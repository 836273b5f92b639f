import { compile } from "@fovea/tfjs-backend-onnxruntime";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { assertClose, randomTensor } from "../../nn/src/testing/index.js";

/** Functions whose graphs the passes change, of a [6, 8] and a [8, 5] matrix. */
const functions: Readonly<Record<string, (x: tf.Tensor2D, w: tf.Tensor2D) => tf.Tensor>> = {
  "a linear layer": (x, w) => tf.add(tf.matMul(x, w), tf.sum(w, 0)),
  "the same in rows of several": (x, w) => {
    const y = tf.matMul(tf.tile(x, [100, 1]), tf.tile(w, [1, 2])); // elements add narrow rows several at once
    return tf.add(y, tf.tile(tf.sum(w, 0), [2]));
  },
  "a sum of products": (x, w) => tf.add(tf.matMul(x, w), tf.matMul(tf.square(x), w)),
  "rows as another shape": (x, w) => {
    const y = tf.relu(tf.reshape(tf.matMul(x, w), [30]));
    return tf.add(tf.reshape(tf.mul(y, y), [5, 6]), tf.slice(x, [0, 0], [1, 6]));
  },
  relu6: (x, w) => tf.relu6(tf.mul(tf.matMul(x, w), 4)),
  "a scaled product": (x, w) => tf.matMul(tf.mul(x, 0.3), tf.transpose(w), false, true),
  "rows of mean 0 and variance 1": (x) => standardized(x),
  "rows with a mean far from 0": (x) => standardized(tf.add(tf.mul(x, 0.01), 50)),
  gelu: (x) => tf.mul(x, tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5)),
};

function standardized(x: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-6)));
}

describe("what the passes make", () => {
  beforeAll(() => tf.setBackend("onnxruntime"));

  it.each(Object.keys(functions))("computes what eager does, and its gradients: %s", (name) => {
    const f = functions[name]!;
    const [x, w] = [randomTensor([6, 8], 1), randomTensor([8, 5], 2)] as [tf.Tensor2D, tf.Tensor2D];
    const step = (x: tf.Tensor2D, w: tf.Tensor2D) => {
      const y = f(x, w);
      const dy = tf.reshape(tf.cos(tf.range(0, y.size)), y.shape); // differs from place to place
      return [
        y,
        ...tf.grads((x, w) => tf.add(f(x as tf.Tensor2D, w as tf.Tensor2D), tf.mul(tf.sum(w), 0)))([x, w], dy),
      ];
    };
    const compiled = compile(step);
    const [expected, actual] = [step(x, w), compiled(x, w)];
    const tolerance = name.includes("far from 0") ? 1e-3 : 1e-5; // there the mean's last digit shows
    expected.forEach((tensor, i) => assertClose(actual[i]!, tensor, tolerance));
    compiled.dispose();
    tf.dispose([x, w, expected, actual]);
  });

  it("relu6 has gradient 1 up to 6 itself, and 0 from the next float on, and at 0", () => {
    const after6 = 6 + 2 ** -21;
    const x = tf.tensor1d([-Infinity, -1, -1e-38, 0, 1e-38, 3, 6 - 2 ** -21, 6, after6, 7, 1e30, Infinity]);
    const gradient = compile((x: tf.Tensor1D) => tf.grad((x) => tf.relu6(x))(x));
    expect([...gradient(x).dataSync()]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
    gradient.dispose();
  });

  it("an output that is an argument or a constant is one still", () => {
    const f = compile((x: tf.Tensor) => [tf.reshape(x, [6]), tf.ones([2]), tf.reshape(tf.add(x, 1), [3, 2])]);
    const results = f(tf.tensor2d([[1, 2, 3], [4, 5, 6]])); // prettier-ignore
    expect(results.map((result) => [result.shape, [...result.dataSync()]])).toEqual([
      [[6], [1, 2, 3, 4, 5, 6]],
      [[2], [1, 1]],
      [
        [3, 2],
        [2, 3, 4, 5, 6, 7],
      ],
    ]);
    f.dispose();
  });
});
