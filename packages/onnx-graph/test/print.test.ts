import { graphBuilder, loweringOf, print, type OnnxModel, type Target, type Value } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";

function modelOf(kernel: string, shapes: readonly (readonly number[])[], attrs: object, target: Target): OnnxModel {
  const graph = graphBuilder(target);
  const inputs = shapes.map((shape, i) => graph.input({ type: "float32", shape }, i));
  const y = loweringOf(kernel)!.lower(graph, inputs, attrs as never) as Value;
  return { name: kernel, inputs, initializers: graph.initializers, nodes: graph.emitted, outputs: [graph.output(y)] };
}

const conv = { strides: [2, 2], pad: "same", dataFormat: "NHWC", dilations: [1, 1] };

it("prints one line a value or node", () => {
  const portable = { block: 1, portable: true, parallel: false };
  const model = modelOf(tf.Conv2D, [[1, 8, 8, 3], [3, 3, 3, 4]], conv, portable); // prettier-ignore
  expect(print(model)).toBe(
    `
input v0 : float32[1, 8, 8, 3]
input v1 : float32[3, 3, 3, 4]
v2 = Transpose(v0) {perm: [0, 3, 1, 2]} : float32[1, 3, 8, 8]
v3 = Transpose(v1) {perm: [3, 2, 0, 1]} : float32[4, 3, 3, 3]
v4 = Conv(v2, v3) {kernel_shape: [3, 3], strides: [2, 2], dilations: [1, 1], pads: [0, 0, 1, 1]} : float32[1, 4, 4, 4]
v5 = Transpose(v4) {perm: [0, 2, 3, 1]} : float32[1, 4, 4, 4]
output v5 : float32[1, 4, 4, 4]`.trim(),
  );
});

it("says the domain of operators that are not ONNX's own", () => {
  const native = { block: 16, portable: false, parallel: false };
  const model = modelOf(tf.BatchMatMul, [[3, 4], [3, 5]], { transposeA: true, transposeB: false }, native); // prettier-ignore
  expect(print(model)).toContain("v2 = com.microsoft.FusedMatMul(v0, v1) {transA: 1, transB: 0} : float32[4, 5]");
});

it("prints small constants in full, large ones by shape, floats with a point, and inputs left out as _", () => {
  const graph = graphBuilder({ block: 1, portable: true, parallel: false });
  const x = graph.constant("float32", [1.5, NaN], [2, 1]);
  const large = graph.data("float32", new Float32Array(17), [17]);
  const limit = graph.constant("float32", [6], []);
  graph.node("Clip", [x, undefined, limit], x);
  graph.node("LeakyRelu", [large], large, { alpha: { float: 1 }, mode: "any" });
  graph.nodes("Split", [x, graph.constant("int64", [1, 1])], [{ shape: [1, 1] }, { shape: [1, 1] }], { axis: 0 });
  const values = { name: "constants", inputs: [], initializers: graph.initializers, nodes: graph.emitted, outputs: [] };
  expect(print(values)).toBe(
    `
v0 = [1.5, NaN] : float32[2, 1]
v2 = [6] : float32[]
v1 = … : float32[17]
v5 = [1, 1] : int64[2]
v3 = Clip(v0, _, v2) : float32[2, 1]
v4 = LeakyRelu(v1) {alpha: 1.0, mode: "any"} : float32[17]
v6, v7 = Split(v0, v5) {axis: 0} : float32[1, 1], float32[1, 1]`.trim(),
  );
});
