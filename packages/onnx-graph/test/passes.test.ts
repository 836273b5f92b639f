import {
  assumeNumbers,
  foldConstants,
  graphBuilder,
  loweringOf,
  openSides,
  print,
  prune,
  rename,
  sinkTransposes,
  withImageInput,
  type GraphBuilder,
  type ModelGraph,
  type Value,
} from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

const portable = { block: 1, portable: true, parallel: false } as const;

type Make = (graph: GraphBuilder, x: Value) => Value;

/** The graph of a function of one input `x`. */
function graphOf(shape: readonly number[], make: Make): ModelGraph {
  const graph = graphBuilder(portable);
  const x = graph.input({ name: "x", type: "float32", shape }, 0);
  const y = graph.output(make(graph, x), "y");
  return { inputs: [x], initializers: graph.initializers, nodes: graph.emitted, outputs: [y] };
}

const lower = (graph: GraphBuilder, kernel: string, inputs: readonly Value[], attrs: object = {}): Value =>
  loweringOf(kernel)!.lower(graph, inputs, attrs as never) as Value;

const text = (graph: ModelGraph): string => print({ name: "test", ...rename(graph, new Map()) });
const ops = ({ nodes }: ModelGraph): string[] => nodes.map(({ op }) => op);
const numbersOf = ({ initializers }: ModelGraph): number[][] => initializers.map(({ data }) => [...data].map(Number));

const conv = { strides: [1, 1], pad: "same", dataFormat: "NHWC", dilations: [1, 1] };
const filter = (graph: GraphBuilder): Value => graph.data("float32", new Float32Array(9 * 9).fill(0.1), [3, 3, 3, 3]);

describe("sinkTransposes", () => {
  it("leaves none between convolutions, sums with constants, and a mean", () => {
    const graph = graphOf([2, 8, 8, 3], (g, x) => {
      const bias = g.constant("float32", [1, 2, 3]);
      const first = lower(g, tf.Relu, [lower(g, tf.Add, [lower(g, tf.Conv2D, [x, filter(g)], conv), bias])]);
      const second = lower(g, tf.Add, [lower(g, tf.Conv2D, [first, filter(g)], conv), first]);
      return lower(g, tf.Mean, [second], { axis: [1, 2] });
    });
    const sunk = sinkTransposes(graph);
    const onMaps = sunk.nodes.filter(({ inputs }) => inputs[0]!.shape[0] === 2);
    expect(onMaps.map(({ op }) => op)).toEqual([
      "Transpose",
      "Conv",
      "Add",
      "Relu",
      "Conv",
      "Add",
      "ReduceMean",
      "Identity",
    ]);
    expect(onMaps.find(({ op }) => op === "ReduceMean")!.attributes["axes"]).toEqual([2, 3]);
  });

  it.each<[string, Make]>([
    ["joins along another axis", (g, x) => lower(g, tf.Concat, [x, x], { axis: 3 })],
    ["a slice", (g, x) => lower(g, tf.Slice, [x], { begin: [0, 0, 0, 1], size: [2, 8, 8, 2] })],
    ["zeros around", (g, x) => lower(g, tf.PadV2, [x], { paddings: [[0, 0], [0, 0], [0, 0], [1, 2]], constantValue: 0 })], // prettier-ignore
    ["a softmax over channels", (g, x) => lower(g, tf.Softmax, [x], { dim: -1 })],
    ["a maximum with axes that stay", (g, x) => lower(g, tf.Max, [x], { axis: [3], keepDims: true })],
  ])("passes %s", (_, make) => {
    const graph = graphOf([2, 3, 8, 8], (g, x) => {
      const last = lower(g, tf.Transpose, [x], { perm: [0, 2, 3, 1] });
      return lower(g, tf.Transpose, [make(g, last)], { perm: [0, 3, 1, 2] });
    });
    expect(ops(sinkTransposes(graph))).not.toContain("Transpose");
  });

  it("keeps one where the axes are read in their order", () => {
    const graph = graphOf([2, 3, 8, 8], (g, x) => g.reshape(lower(g, tf.Transpose, [x], { perm: [0, 2, 3, 1] }), [2, 192])); // prettier-ignore
    expect(ops(sinkTransposes(graph))).toEqual(["Transpose", "Reshape", "Identity"]);
  });
});

describe("openSides", () => {
  const open = (make: Make, ...shapes: number[][]) => openSides(shapes.map((shape) => graphOf(shape, make)));

  it("writes −1 for the one side that differs, and 0 for sides of the input", () => {
    const merged = open((g, x) => g.reshape(x, [x.shape[0]! * 4, 3]), [2, 4, 3], [5, 4, 3]).graph;
    expect(numbersOf(merged)).toEqual([[-1, 3]]);
    const split = open((g, x) => g.reshape(x, [...x.shape.slice(0, 2), 3, 2]), [2, 4, 6], [5, 8, 6]).graph;
    expect(numbersOf(split)).toEqual([[0, 0, 3, 2]]);
  });

  it("takes from shapes what no −1 can say", () => {
    const make: Make = (g, x) => {
      const rows = lower(g, tf.Neg, [g.reshape(x, [x.shape[0]! * x.shape[1]!, 3])]);
      return g.reshape(rows, x.shape);
    };
    const { graph, sidesOf } = open(make, [2, 4, 3], [5, 7, 3]);
    expect(text(graph)).toContain("Concat(Shape_0, Shape_1, constant");
    expect(graph.nodes.find(({ op }) => op === "Shape")!.inputs).toEqual(graph.inputs);
    expect(sidesOf(graph.outputs[0]!)).toEqual([[2, 5], [4, 7], [3, 3]]); // prettier-ignore
  });

  it("repeats what is the same along the side", () => {
    const make: Make = (g, x) => lower(g, tf.Add, [x, g.constant("float32", new Array(x.shape[0]! * 2).fill(0).map((_, i) => i % 2), [x.shape[0]!, 2])]); // prettier-ignore
    const { graph } = open(make, [3, 2], [5, 2]);
    expect(text(graph)).toContain("= [0, 1] : float32[1, 2]");
    expect(ops(graph)).toContain("Expand");
  });

  it.each<[string, Make, string]>([
    ["a constant", (g, x) => lower(g, tf.Add, [x, g.constant("float32", [Math.sin(x.shape[0]!)], [])]), "Add reads a constant, float32 of shapes [] and [], that follows from no shape: the model would be right for one size only."], // prettier-ignore
    ["an attribute", (g, x) => g.node("Foo", [x], x, { side: x.shape[0] }), "Foo has another attribute, `side`, for another size"], // prettier-ignore
    ["a node", (g, x) => lower(g, x.shape[0] === 2 ? tf.Neg : tf.Abs, [x]), "Neg has other nodes for another size"],
  ])("refuses %s that follows from no shape", (_, make, message) => {
    expect(() => open(make, [2, 3], [5, 3])).toThrow(message);
  });
});

describe("foldConstants", () => {
  it("computes what depends on constants alone, once, and says what of", () => {
    const graph = graphOf([2, 3], (g, x) => {
      const scale = lower(g, tf.Rsqrt, [g.constant("float32", [4, 16, 25])]);
      return lower(g, tf.Multiply, [x, scale]);
    });
    const asked: string[][] = [];
    const { graph: folded, folded: values } = foldConstants(graph, (constant) => {
      asked.push(ops(constant));
      return [Float32Array.of(0.5, 0.25, 0.2)];
    });
    expect(asked).toEqual([["Sqrt", "Reciprocal"]]);
    expect(ops(folded)).toEqual(["Mul", "Identity"]);
    expect(numbersOf(folded)[0]).toEqual([0.5, 0.25, Math.fround(0.2)]);
    expect(values).toMatchObject([{ isLayout: false, from: [graph.initializers[0]!.value] }]);
  });

  it("does not write out a number that is repeated a thousand times", () => {
    const graph = graphOf([100, 100], (g, x) => lower(g, tf.Add, [x, lower(g, tf.Fill, [], { shape: [100, 100], value: 2, dtype: "float32" })])); // prettier-ignore
    expect(foldConstants(graph, () => []).graph).toEqual(prune(graph));
  });
});

it("assumeNumbers: a pool is one node, and so is a maximum", () => {
  const pool = graphOf([1, 4, 4, 2], (g, x) => lower(g, tf.MaxPool, [x], { filterSize: 2, strides: 2, pad: "valid" }));
  expect(ops(assumeNumbers(pool)).filter((op) => op !== "Transpose")).toEqual(["MaxPool", "Identity"]);
  const max = graphOf([3, 4], (g, x) => lower(g, tf.Max, [x], { axis: [1] }));
  expect(ops(assumeNumbers(max))).toEqual(["ReduceMax", "Identity"]);
});

it("rename: names that are given, and others after their node, each once", () => {
  const graph = graphOf([2], (g, x) => lower(g, tf.Neg, [lower(g, tf.Neg, [x])]));
  expect(text(graph)).toContain("Neg_1 = Neg(Neg_0)");
  const twice = new Map([...graph.inputs, ...graph.outputs].map((value) => [value, "same"]));
  expect(() => rename(graph, twice)).toThrow("expected names that differ, got `same` twice");
});

describe("withImageInput", () => {
  const network = graphOf([1, 3, 4, 6], (g, x) => lower(g, tf.Max, [x], { axis: [2, 3] }));
  const options = { input: "x", name: "images", height: 4, width: 6, mean: [0, 0, 0], std: [1, 1, 1] } as const;

  it("puts bytes, resizing and normalizing before the network, in operator set 18", () => {
    const graph = withImageInput(assumeNumbers(network), { ...options, fit: "fill" });
    expect(graph.inputs).toEqual([{ name: "images", type: "uint8", shape: [1, 4, 6, 3] }]);
    expect(ops(graph)).toEqual(["Cast", "Transpose", "Resize", "Round", "Mul", "Add", "ReduceMax", "Identity"]);
    expect(graph.nodes.find(({ op }) => op === "ReduceMax")!.inputs).toHaveLength(2); // its axes
    expect(ops(withImageInput(network, { ...options, fit: "cover" }))).toContain("Slice");
  });

  it("refuses an input that is not there", () => {
    expect(() => withImageInput(network, { ...options, input: "pixels", fit: "fill" })).toThrow("got pixels");
  });
});
