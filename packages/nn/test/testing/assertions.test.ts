import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { linear, moduleOf } from "../../src/index.js";
import * as testing from "../../src/testing/index.js";

const { assertClose, assertGradient, assertNoLeak, assertParamGradient, randomTensor } = testing;

/** x², with that multiple of its derivative. */
const square = (factor: number) => (x: tf.Tensor) =>
  tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, tf.mul(saved[0]!, 2 * factor));
    return { value: tf.square(x), gradFunc };
  })(x);

describe("assertClose", () => {
  it("takes tensors, arrays and numbers", () => {
    assertClose(tf.scalar(1), 1);
    assertClose(tf.tensor1d([1, 2]), [1, 2 + 1e-6]);
    assertClose(NaN, NaN);
  });
  it("refuses other values, shapes and NaN", () => {
    expect(() => assertClose([1, 2], [1, 3])).toThrow("assertClose: expected 3 at flat index 1 within 0.00001, got 2.");
    expect(() => assertClose(NaN, 1)).toThrow("expected 1 at flat index 0");
    expect(() => assertClose(tf.zeros([2, 3]), tf.zeros([3, 2]))).toThrow("expected shape [3, 2], got [2, 3].");
    expect(() => assertClose([1], [1, 2])).toThrow("expected shape 2, got 1.");
  });
});

describe("assertGradient", () => {
  const x = randomTensor([3, 5]);
  it("passes what is right", () => assertGradient((x) => square(1)(x!), [x]));
  it("sees a derivative that is a tenth off", () =>
    expect(() => assertGradient((x) => square(1.1)(x!), [x])).toThrow(
      /^assertGradient: direction \d: finite differences give/,
    ));
  it("sees one wrong element", () => {
    const wrong = (x: tf.Tensor) =>
      tf.concat([square(1)(tf.slice(x, [0, 0], [3, 4])), square(1.5)(tf.slice(x, [0, 4], [3, 1]))], 1);
    expect(() => assertGradient((x) => wrong(x!), [x])).toThrow("finite differences");
  });
  it("sees an error that constant weights would hide", () => {
    const wrong = tf.customGrad((x) => ({
      value: tf.softmax(x as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
    }));
    expect(() => assertGradient((x) => wrong(x!), [x])).toThrow("finite differences");
  });
  it("looks at every input", () =>
    expect(() =>
      assertGradient((a, b) => tf.add(square(1)(a!), square(1.2)(b!)), [x, randomTensor([3, 5], 1)]),
    ).toThrow("direction"));
  it("leaves nothing behind", () => assertNoLeak(() => assertGradient((x) => square(1)(x!), [x])));
});

describe("assertParamGradient", () => {
  const x = randomTensor([2, 3]);
  it("passes what is right and keeps the values", () => {
    const layer = linear({ in: 3, out: 5 });
    const before = layer.params["weight"]!.dataSync().slice();
    assertParamGradient(layer, () => tf.tanh(tf.add(tf.matMul(x, layer.params["weight"]!), layer.params["bias"]!)));
    assertClose(layer.params["weight"]!, before, 0);
    layer.dispose();
  });
  it("names a param whose gradient is wrong, and one that gets none", () => {
    const [good, bad] = [tf.variable(randomTensor([3])), tf.variable(randomTensor([3], 1))];
    const module = moduleOf({ good, bad });
    expect(() => assertParamGradient(module, () => tf.add(square(1)(good), square(2)(bad)))).toThrow(
      "assertParamGradient: `bad`:",
    );
    expect(() => assertParamGradient(module, () => square(1)(good))).toThrow("no gradient reaches `bad`.");
    module.dispose();
  });
});

describe("assertNoLeak", () => {
  it("passes what tidies up, and disposes what is returned", () =>
    assertNoLeak(() => tf.tidy(() => tf.add(tf.scalar(1), 1))));
  it("sees one tensor a run", () =>
    expect(() => assertNoLeak(() => void tf.scalar(1))).toThrow("assertNoLeak: 3 tensors more after 3 runs."));
  it("allows a cache", () => {
    let cached: tf.Tensor | undefined;
    assertNoLeak(() => void (cached ??= tf.scalar(1)));
    cached?.dispose();
  });
});

it("randomTensor is the same for the same seed", () => {
  assertClose(randomTensor([2, 3], 4), randomTensor([2, 3], 4), 0);
  expect(() => assertClose(randomTensor([2, 3], 4), randomTensor([2, 3], 5))).toThrow("assertClose");
});
