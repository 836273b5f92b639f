import { lowerings } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { cpuKernels } from "../src/cpu/cpu-kernels.js";
import { forAll } from "./as-defined.js";
import { loops } from "./loops/loops.js";
import { properties } from "./properties/properties.js";

describe("as defined:", () => {
  for (const [kernel, list] of Object.entries(properties))
    for (const { of, calls, ...demands } of list)
      it(of ? `${kernel} of ${of}` : kernel, () => forAll(kernel, calls, demands));
});

/**
 * Kernels without a definition here, which are tfjs's own on every backend: of other things than numbers, or of chance.
 */
const leftOut: ReadonlySet<string> = new Set([
  ...[tf.Complex, tf.ComplexAbs, tf.FFT, tf.IFFT, tf.Imag, tf.Real],
  ...[tf.RaggedGather, tf.RaggedRange, tf.RaggedTensorToTensor],
  ...[tf.StaticRegexReplace, tf.StringNGrams, tf.StringSplit, tf.StringToHashBucketFast],
  ...[tf.Draw, tf.Multinomial],
]);

it("every kernel of numbers has a definition, and properties that hold every backend to it", () => {
  const onCpu = tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName);
  const own = [...lowerings.map(({ kernel }) => kernel), ...cpuKernels.map(({ name }) => name)];
  const kernels = [...new Set([...onCpu, ...own])].filter((kernel) => !leftOut.has(kernel));
  expect(kernels.filter((kernel) => !loops[kernel] || !properties[kernel])).toEqual([]);
  expect([...leftOut].filter((kernel) => own.includes(kernel))).toEqual([]);
});
