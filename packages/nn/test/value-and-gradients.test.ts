import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { moduleOf, valueAndGradients } from "../src/index.js";
import { assertClose, assertNoLeak, perturbParams, sgdStep } from "../src/testing/index.js";

const make = () =>
  moduleOf({
    a: tf.variable(tf.tensor1d([1, 2])),
    b: tf.variable(tf.scalar(3)),
    frozen: tf.variable(tf.scalar(5), false),
    unused: tf.variable(tf.scalar(7)),
  });

describeOnEngines("valueAndGradients", () => {
  it("has the gradients of what the loss depends on, by name: L = b · f · Σ a²", () => {
    const module = make();
    const { a, b, frozen } = module.params as Record<"a" | "b" | "frozen", tf.Variable>;
    const loss = () => tf.mul<tf.Scalar>(tf.mul(b, frozen), tf.sum(tf.square(a)));
    const { value, gradients } = valueAndGradients(module.params, loss);
    assertClose(value, 3 * 5 * (1 + 4));
    expect(Object.keys(gradients)).toEqual(["a", "b"]);
    assertClose(gradients["a"]!, [3 * 5 * 2 * 1, 3 * 5 * 2 * 2]);
    assertClose(gradients["b"]!, 5 * (1 + 4));
    assertNoLeak(() => {
      const { value, gradients } = valueAndGradients(module.params, loss);
      return [value, gradients];
    });
    tf.dispose([value, gradients]);
    module.dispose();
  });

  it("makes a step of gradient descent with sgdStep, which leaves the others and its gradients alone", () => {
    const module = make();
    const gradients = { a: tf.tensor1d([10, 100]), b: tf.scalar(1) };
    assertNoLeak(() => sgdStep(module.params, gradients, 0), 1);
    sgdStep(module.params, gradients, 0.1);
    assertClose(module.params["a"]!, [1 - 1, 2 - 10]);
    assertClose(module.params["b"]!, 2.9);
    assertClose(module.params["unused"]!, 7);
    expect(gradients.a.isDisposed).toBe(false);
    tf.dispose(gradients);
    module.dispose();
  });
});

it("perturbParams adds noise of the given deviation to every param, the same for the same seed", () => {
  const zeros = () => moduleOf({ a: tf.variable(tf.zeros([1000])), b: tf.variable(tf.zeros([3])) });
  const [one, again, other] = [perturbParams(zeros(), 4, 0.5), perturbParams(zeros(), 4, 0.5), perturbParams(zeros())];
  const { a, b } = one.params as Record<"a" | "b", tf.Variable>;
  expect(Math.sqrt(tf.mean(tf.square(a)).dataSync()[0]!)).toBeCloseTo(0.5, 1);
  assertClose(again.params["b"]!, b, 0);
  expect([...b.dataSync()].every((x) => x !== 0)).toBe(true);
  expect([...other.params["b"]!.dataSync()]).not.toEqual([...b.dataSync()]);
  const alone = perturbParams(moduleOf({ b: tf.variable(tf.zeros([3])) }), 4, 0.5);
  assertClose(alone.params["b"]!, b, 0); // whatever params are beside it
  [one, again, other, alone].forEach((module) => module.dispose());
});
