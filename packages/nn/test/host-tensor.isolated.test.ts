import "../../../tools/vitest/setup.js";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { dropout, hostTensor, inspect, rng, trainingContext } from "../src/index.js";
import { assertClose, assertNoLeak } from "../src/testing/index.js";
import { onCpuWithHostKernels } from "./host-kernels.js";

/** What must hold whether or not the engine has kernels of its own. */
function laws(): void {
  it("has the numbers, shape and type that it is told", () => {
    const ints = hostTensor([2, 3], () => Int32Array.of(1, 2, 3, 4, 5, 6), "int32");
    expect([ints.dtype, ints.shape, Array.from(ints.dataSync())]).toEqual(["int32", [2, 3], [1, 2, 3, 4, 5, 6]]);
    const bools = hostTensor([2], () => Uint8Array.of(1, 0), "bool");
    expect([bools.dtype, Array.from(bools.dataSync())]).toEqual(["bool", [1, 0]]);
    assertClose(
      hostTensor([], () => Float32Array.of(7)),
      [7],
      0,
    );
  });

  it("is a constant for the gradient: d (c · x²) / dx = 2 c x", () => {
    const f = (x: tf.Tensor) =>
      tf.mul(
        hostTensor([2], () => Float32Array.of(3, 5)),
        tf.square(x),
      );
    const { value, grad } = tf.valueAndGrad(f)(tf.tensor1d([1, 2]));
    assertClose(value, [3, 20], 0);
    assertClose(grad, [6, 20], 0);
  });

  it("an inspection shows all numbers, and lets gradients through as if it were not there: d x² / dx = 2 x", () => {
    const seen: number[][] = [];
    const f = (x: tf.Tensor) => {
      inspect(x, (numbers) => seen.push(Array.from(numbers)));
      const y = tf.square(x);
      inspect(y, (numbers) => seen.push(Array.from(numbers)));
      return y;
    };
    assertClose(tf.grad(f)(tf.tensor1d([3, 4])), [6, 8], 0);
    expect(seen).toEqual([
      [3, 4],
      [9, 16],
    ]);
  });

  it("an inspection throws what its check throws, also inside a gradient, and leaves its tensor alive", () => {
    const x = tf.tensor1d([1, 2]);
    const refuse = () => {
      throw new RangeError("no such number");
    };
    expect(() => inspect(x, refuse)).toThrow(new RangeError("no such number"));
    expect(() =>
      tf.grad((x) => {
        inspect(x, refuse);
        return tf.square(x);
      })(x),
    ).toThrow(new RangeError("no such number"));
    assertClose(tf.square(x), [1, 4], 0);
  });

  it("leave nothing behind, inside a gradient or out of it, checked or refused", () => {
    const x = tf.tensor1d([1, 2]);
    assertNoLeak(() => hostTensor([2], () => Float32Array.of(3, 5)));
    assertNoLeak(() => inspect(x, () => {}));
    assertNoLeak(() =>
      tf.grad((x) => {
        inspect(x, () => {});
        return tf.mul(
          hostTensor([2], () => Float32Array.of(3, 5)),
          x,
        );
      })(x),
    );
    const refuse = () => {
      throw new RangeError("no");
    };
    assertNoLeak(() => void expect(() => inspect(x, refuse)).toThrow("no"));
  });
}

describeOnEngines("hostTensor and inspect", laws);

describe("hostTensor and inspect on an engine with kernels of its own", () => {
  const { seen, without } = onCpuWithHostKernels();
  laws();

  it("run those kernels; a dropout draws inside them the numbers that it draws without", () => {
    seen.length = 0;
    const x = tf.ones([50]);
    const dropped = () =>
      Array.from(dropout({ rate: 0.5 }).forward(x, trainingContext(rng(3))).dataSync()); // prettier-ignore
    const [own] = [dropped(), inspect(x, () => {})];
    expect(seen).toEqual(["HostTensor", "filled", "HostCheck"]);
    expect(own).toEqual(without(dropped));
    expect(seen).toEqual(["HostTensor", "filled", "HostCheck"]);
  });
});
