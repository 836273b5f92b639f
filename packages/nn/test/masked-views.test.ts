import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { countReal, expandMask, fillMasked } from "../src/index.js";
import { assertClose, assertNoLeak } from "../src/testing/index.js";

const views = () => tf.tensor3d([1, 2, NaN, Infinity, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 2]);
const mask = () => tf.tensor2d([[1, 0, 1], [0, 0, 0]]); // prettier-ignore

describeOnEngines("masked views", () => {
  it("are filled with zeros, or with another value, whatever they held", () => {
    assertClose(fillMasked(views(), mask()), tf.tensor3d([1, 2, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0], [2, 3, 2]), 0);
    const row = [1, 2, -1e30, -1e30, 5, 6, ...Array<number>(6).fill(-1e30)];
    assertClose(fillMasked(views(), mask(), -1e30), tf.tensor3d(row, [2, 3, 2]), 0);
  });

  it("get no gradient", () => {
    const gradient = tf.grad((x) => tf.sum(tf.square(fillMasked(x as tf.Tensor3D, mask()))))(views());
    assertClose(gradient, tf.tensor3d([2, 4, 0, 0, 10, 12, 0, 0, 0, 0, 0, 0], [2, 3, 2]), 0);
  });

  it("are none without a mask: the views themselves come back", () => {
    const x = views();
    expect(fillMasked(x, null)).toBe(x);
  });

  it("are counted: how many are real, and 1 where none is", () => {
    expect(countReal(mask(), 3).arraySync()).toEqual([[2], [1]]);
    expect(countReal(mask(), 5).shape).toEqual([2, 1, 1, 1]);
  });

  it("have a mask that broadcasts; any number but 0 says that a view is real", () => {
    const expanded = expandMask(tf.tensor2d([[2, 0]]), 4);
    expect([expanded.shape, expanded.dtype, [...expanded.dataSync()]]).toEqual([[1, 2, 1, 1], "bool", [1, 0]]);
  });

  it("leave nothing behind in a tidy", () => {
    const [x, m] = [views(), mask()];
    assertNoLeak(() => tf.tidy(() => [fillMasked(x, m), fillMasked(x, m, 2), countReal(m, 3)]));
  });
});
