import * as tf from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { forAll, numbers, shapes, wildFloats } from "./as-on-cpu.js";

describe("unary kernels are cpu's", () => {
  it.each([tf.Exp])(
    "%s",
    (kernel) =>
    forAll(kernel, shapes(0, 4).chain((shape) => numbers(shape, "float32", wildFloats)).map((x) => ({ inputs: { x } }))), // prettier-ignore
  );
});
