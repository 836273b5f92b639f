import { graphBuilder, loweringOf, lowerings, type Node } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

function nodesOf(kernel: string, shapes: readonly (readonly number[])[], attrs: object): readonly Node[] {
  const graph = graphBuilder({ block: 1, portable: true, parallel: false });
  const inputs = shapes.map((shape, i) => graph.input({ type: "float32", shape }, i));
  expect(loweringOf(kernel)!.lower(graph, inputs, attrs as never)).toBeDefined();
  return graph.emitted;
}

const conv = { strides: [1, 1], pad: "same", dataFormat: "NHWC", dilations: [1, 1] };
const product = { transposeA: false, transposeB: false };
const columns = 64;

/** Layers of networks whose route could depend on the batch: kernel, shapes of a batch, attributes. */
const layers: readonly [string, (batch: number) => readonly number[][], object][] = [
  [tf.Conv2D, (n) => [[n, 8, 8, 16], [3, 3, 16, 8]], conv], // prettier-ignore
  [tf.Conv2D, (n) => [[n, 8, 8, 16], [1, 1, 16, 8]], conv], // prettier-ignore
  [tf.BatchMatMul, (n) => [[n, 2048], [2048, 10]], product], // prettier-ignore
  [tf.Add, (n) => [[n, 128, columns], [columns]], {}], // prettier-ignore
  [tf.Multiply, (n) => [[n, 128, columns], [n, 1, columns]], {}], // prettier-ignore
  [tf.Mean, (n) => [[n, 14, 14, 32]], { axis: [1, 2] }],
];

describe("a portable graph", () => {
  it.each(layers)("takes the same nodes for every batch: %s", (kernel, shapes, attrs) => {
    const routes = [2, 3, 7, 64].map((batch) => nodesOf(kernel, shapes(batch), attrs));
    const shown = routes.map((nodes) => nodes.map(({ op, attributes }) => ({ op, attributes })));
    for (const other of shown) expect(other).toEqual(shown[0]);
  });

  it("leaves shapes as they are where it works element by element", () => {
    const shapes = [[2, 128, columns], [columns]]; // prettier-ignore
    expect(nodesOf(tf.Add, shapes, {}).map(({ op }) => op)).toEqual(["Add"]);
    expect(nodesOf(tf.Cast, [[2, 3]], { dtype: "bool" }).map(({ op }) => op)).toEqual(["Cast"]); // prettier-ignore
  });

  it("resizes to sides, not by scales, which others may round in other ways", () => {
    const graph = graphBuilder({ block: 1, portable: true, parallel: false });
    const images = graph.input({ type: "float32", shape: [2, 7, 4, 3] }, 0);
    const attrs = { size: [39, 11], alignCorners: false, halfPixelCenters: true };
    expect(loweringOf(tf.ResizeBilinear)!.lower(graph, [images], attrs)).toMatchObject({ shape: [2, 39, 11, 3] });
    const [, , scales, sizes] = graph.emitted[0]!.inputs;
    expect(scales).toBeUndefined();
    expect(graph.initializers.find(({ value }) => value === sizes)!.data).toEqual(BigInt64Array.of(2n, 39n, 11n, 3n));
  });

  it("has no operator of other domains", () => {
    const nodes = nodesOf(tf.BatchMatMul, [[6, 4], [5, 6]], { transposeA: true, transposeB: true }); // prettier-ignore
    expect(nodes.map(({ op, domain }) => [op, domain])).toEqual([["Transpose", ""], ["Transpose", ""], ["MatMul", ""]]); // prettier-ignore
  });
});

it("every kernel has one lowering, found by its name", () => {
  for (const lowering of lowerings) expect(loweringOf(lowering.kernel)).toBe(lowering);
  expect(loweringOf("NoKernel")).toBeUndefined();
});
