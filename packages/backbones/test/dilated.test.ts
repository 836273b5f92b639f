import * as tf from "@tensorflow/tfjs-core";
import { conv2d, inferenceContext, loadWeights, pureLayer } from "@fovea/nn";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { describe, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { dilated } from "../src/dilated.js";

const ctx = inferenceContext();

describeOnEngines("dilated", () => {
  describe.each([2, 3, 5])("at rate %i", (rate) => {
    const make = () => dilated(conv2d({ in: 2, out: 3, kernel: 3, padding: 1 }), rate);

    it("gives the numbers of a dilated kernel", () => {
      const [layer, direct] = [make(), conv2d({ in: 2, out: 3, kernel: 3, padding: rate, dilation: rate })];
      loadWeights(direct, layer.params);
      const x = randomTensor([2, 7, 4, 2]);
      assertClose(layer.forward(x, ctx), direct.forward(x, ctx));
      tf.dispose([x, layer.params, direct.params]);
    });

    it("has the gradient that finite differences give, in its input and its kernel", () => {
      const inputs = [randomTensor([1, 4, 5, 2]), randomTensor([3, 3, 2, 3], 1)];
      const convolve = (kernel: tf.Tensor) =>
        pureLayer((x) => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, "same"));
      assertGradient((x, kernel) => dilated(convolve(kernel!), rate).forward(x!, ctx), inputs);
      tf.dispose(inputs);
    });

    it("leaves no tensors behind", () => {
      const [layer, x] = [make(), randomTensor([1, 4, 5, 2])];
      assertNoLeak(() => layer.forward(x, ctx));
      tf.dispose([x, layer.params]);
    });
  });
});
