import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { once, points, smooth } from "./curve-cases.js";
import { linearCases } from "./linear-cases.js";

/** Whose gradients are zero or the identity by definition. */
const trivial = [
  tf.Ceil, tf.Floor, tf.Round, tf.Sign, tf.Step, tf.IsFinite, tf.IsInf, tf.IsNan, tf.OneHot, tf.OnesLike, tf.ZerosLike,
  tf.ArgMax, tf.ArgMin, tf.Equal, tf.NotEqual, tf.GreaterEqual, tf.LessEqual, tf.LogicalAnd, tf.LogicalOr, tf.LogicalNot,
  tf.All, tf.Any, tf.Identity,
  tf.ComplexAbs, // of complex numbers, which have no gradients here
]; // prettier-ignore

it("every gradient that is registered is tested, or zero", async () => {
  await tf.setBackend("cpu");
  const used = new Set<string>(trivial);
  const note = async (run: () => tf.Tensor) => {
    const { kernelNames } = await tf.profile(() => tf.tidy(run));
    for (const name of kernelNames) used.add(name);
  };
  for (const [, shape, f] of linearCases) await note(() => f(randomTensor(shape, 1)));
  for (const [, f] of [...smooth, ...once]) await note(() => f(points()));
  const registered = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  expect(registered.filter((name) => tf.getGradient(name) && !used.has(name))).toEqual([]);
});
