import { assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { once, points, smooth } from "./curve-cases.js";

describe.each(["cpu", "onnxruntime", "wasm"])("on %s,", (engine) => {
  const on = async (run: () => void) => {
    await tf.setBackend(engine);
    tf.tidy(() => void run());
  };

  it.each([...smooth, ...once])("the gradient of %s is that of finite differences", (_, f) =>
    on(() => assertGradient((x) => f(x!), [points()], { epsilon: 2e-3, tolerance: 5e-3 })),
  );

  it.each(smooth)("the second derivative of %s, too", (_, f) =>
    on(() => {
      const weights = randomTensor(f(points()).shape, 3);
      const derivative = (x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(tf.mul(f(y), weights)))(x);
      assertGradient((x) => derivative(x!), [points()], { epsilon: 2e-3, tolerance: 1e-2 });
    }),
  );

  it("a second derivative leaves nothing behind", () =>
    on(() => {
      const derivative = (x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(tf.tanh(y)))(x);
      const x = points();
      assertNoLeak(() => tf.grad((y: tf.Tensor) => tf.sum(derivative(y)))(x));
    }));

  it("a first derivative keeps no input for it", () =>
    on(() => {
      const x = points();
      let saved: readonly string[] | undefined;
      tf.grad((y: tf.Tensor) => {
        saved = tf.getGradient(tf.Tanh).inputsToSave;
        return tf.tanh(y);
      })(x);
      expect(saved).toEqual([]);
    }));
});
