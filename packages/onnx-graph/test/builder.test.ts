import { graphBuilder, print, type GraphBuilder, type Target, type Value } from "@fovea/onnx-graph";
import { describe, expect, it } from "vitest";

const target: Target = { block: 1, portable: true, parallel: false };
const kernels = (): GraphBuilder => graphBuilder(target, { constants: "fed", views: true });

const text = (graph: GraphBuilder, outputs: readonly Value[]): string =>
  print({
    name: "test",
    inputs: graph.feeds.map(({ value }) => value),
    initializers: graph.initializers,
    nodes: graph.emitted,
    outputs,
  });

describe("a graph for one kernel", () => {
  it("feeds an input once for each shape and part in which it is read, and constants too", () => {
    const graph = kernels();
    const x = graph.input({ type: "float32", shape: [2, 6] }, 0);
    const row = graph.reshape(x, [12]);
    const part = graph.run(x, 4, [2, 2]);
    expect(graph.reshape(row, [2, 6])).toBe(x);
    expect(graph.reshape(x, [12])).toBe(row);
    graph.constant("int64", [3]);
    expect(graph.feeds).toEqual([
      { value: { name: "v0", type: "float32", shape: [2, 6] }, from: 0, start: 0 },
      { value: { name: "v1", type: "float32", shape: [12] }, from: 0, start: 0 },
      { value: { name: "v2", type: "float32", shape: [2, 2] }, from: 0, start: 4 },
      { value: { name: "v3", type: "int64", shape: [1] }, from: BigInt64Array.of(3n), start: 0 },
    ]);
    expect(graph.run(part, 1, [2])).toBe(graph.feeds.at(-1)!.value); // a part of a part
    expect(graph.feeds.at(-1)).toMatchObject({ from: 0, start: 5 });
    expect(graph.initializers).toEqual([]);
    expect(graph.emitted).toEqual([]);
  });
});

describe("a graph for a whole model", () => {
  it("feeds each source once, and reshapes and cuts it by nodes that are read", () => {
    const graph = graphBuilder(target);
    const x = graph.input({ name: "image", type: "float32", shape: [2, 6] }, 0);
    expect(graph.input({ type: "float32", shape: [2, 6] }, 0)).toBe(x);
    graph.reshape(x, [3, 4]); // no node reads it
    const part = graph.run(x, 4, [2, 2]);
    const y = graph.node("Relu", [part], part);
    expect(text(graph, [graph.output(y)])).toBe(
      `
input image : float32[2, 6]
v2 = [12] : int64[1]
v0 = [4] : int64[1]
v1 = [8] : int64[1]
v5 = [2, 2] : int64[2]
v3 = Reshape(image, v2) {allowzero: 1} : float32[12]
v4 = Slice(v3, v0, v1) : float32[4]
v6 = Reshape(v4, v5) {allowzero: 1} : float32[2, 2]
v7 = Relu(v6) : float32[2, 2]
output v7 : float32[2, 2]`.trim(),
    );
  });

  it("has one Reshape for all that read a value in a shape", () => {
    const graph = graphBuilder(target);
    const x = graph.node("Relu", [graph.input({ type: "float32", shape: [2, 6] }, 0)], { shape: [2, 6] });
    for (let i = 0; i < 3; i++) graph.node("Neg", [graph.reshape(x, [12])], { shape: [12] });
    expect(graph.emitted.map(({ op }) => op)).toEqual(["Relu", "Reshape", "Neg", "Neg", "Neg"]);
  });

  it("has those constants that nodes read, and no copy of them in another shape or in part", () => {
    const graph = graphBuilder(target);
    const weights = Float32Array.of(1, 2, 3, 4, 5, 6);
    const w = graph.data("float32", weights, [2, 3]); // no node reads it in this shape
    const row = graph.reshape(w, [6]);
    expect(graph.reshape(row, [2, 3])).toBe(w);
    expect(graph.reshape(w, [6])).toBe(row);
    const part = graph.run(w, 3, [3]);
    expect(graph.run(row, 3, [3])).toBe(part);
    expect(graph.run(graph.run(w, 2, [4]), 1, [3])).toBe(part);
    graph.node("Relu", [row], row);
    graph.node("Add", [part, graph.reshape(part, [1, 3])], { shape: [1, 3] });
    expect(graph.initializers.map(({ value, data }) => [value.shape, [...data]])).toEqual([
      [[6], [1, 2, 3, 4, 5, 6]],
      [[3], [4, 5, 6]],
      [[1, 3], [4, 5, 6]],
    ]); // prettier-ignore
    for (const { data } of graph.initializers) expect(data.buffer).toBe(weights.buffer);
    expect(graph.emitted.map(({ op }) => op)).toEqual(["Relu", "Add"]);
  });

  it("makes a node of every output that none has made in its shape", () => {
    const graph = graphBuilder(target);
    const x = graph.input({ type: "float32", shape: [4] }, 0);
    const y = graph.node("Relu", [x], x);
    expect(graph.output(y)).toBe(y);
    expect(graph.output(graph.reshape(y, [2, 2]))).toMatchObject({ shape: [2, 2] });
    expect(graph.output(x)).not.toBe(x);
    expect(graph.output(y, "logits")).toEqual({ name: "logits", type: "float32", shape: [4] });
    expect(graph.emitted.map(({ op }) => op)).toEqual(["Relu", "Reshape", "Identity", "Identity"]);
  });
});

it("refuses shapes and parts that do not fit, and blocks that are not portable", () => {
  const graph = kernels();
  const x = graph.input({ type: "float32", shape: [2, 3] }, 0);
  expect(() => graph.reshape(x, [7])).toThrow("reshape: [2, 3] has no shape [7].");
  expect(() => graph.run(x, 3, [4])).toThrow("run: [2, 3] has no 4 elements from 3 on.");
  expect(() => graphBuilder({ ...target, block: 16 })).toThrow(
    "graphBuilder: expected `block` 1 for a portable target",
  );
});
