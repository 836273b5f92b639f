import { loweringOf, type Target } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { modelOfKernel, runModel, type Tensor } from "./whole-model.js";

const parallel: Target = { block: 1, portable: false, parallel: true };

it("sums of rows lose nothing when two threads run the graph", () => {
  const [n, length, count] = [4096, 64, 3];
  const values: Tensor = { type: "float32", shape: [n, length], data: new Float32Array(n * length).fill(1) };
  const rows: Tensor = { type: "int32", shape: [n], data: Int32Array.from({ length: n }, (_, i) => i % count) };
  const model = modelOfKernel(loweringOf(tf.UnsortedSegmentSum)!, [values, rows], { numSegments: count }, parallel)!;
  expect(model.nodes.map(({ op }) => op)).not.toContain("ScatterND");
  const sums = Array.from({ length: count * length }, (_, i) => Math.ceil((n - Math.floor(i / length)) / count));
  for (const [y] of runModel(model, [values, rows], { threads: 2, times: 100 })) expect([...y!.data]).toEqual(sums);
});

it("of updates of one row the last stays when two threads run the graph", () => {
  const [n, length] = [512, 64];
  const table: Tensor = { type: "float32", shape: [2, length], data: new Float32Array(2 * length) };
  const places: Tensor = { type: "int32", shape: [n, 1], data: new Int32Array(n).fill(1) };
  const updates: Tensor = { type: "float32", shape: [n, length], data: Float32Array.from({ length: n * length }, (_, i) => Math.floor(i / length)) }; // prettier-ignore
  const inputs = [table, places, updates];
  const model = modelOfKernel(loweringOf(tf.TensorScatterUpdate)!, inputs, {}, parallel)!;
  const last = [...new Array<number>(length).fill(0), ...new Array<number>(length).fill(n - 1)];
  for (const [y] of runModel(model, inputs, { threads: 2, times: 100 })) expect([...y!.data]).toEqual(last);
});
