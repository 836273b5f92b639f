import {
  graphBuilder,
  passes,
  rebuild,
  sizeOf,
  type Graph,
  type GraphBuilder,
  type Pass,
  type Value,
} from "@fovea/onnx-graph";
import { describe, expect, it } from "vitest";

const target = { block: 1, portable: false, parallel: false };

const floats = (g: GraphBuilder, source: number, ...shape: number[]): Value =>
  g.input({ type: "float32", shape }, source);
const number = (g: Graph, value: number): Value => g.constant("float32", [value], []);
const like = (g: Graph, op: string, inputs: readonly Value[], attributes = {}): Value => g.node(op, inputs, inputs[0]!, attributes); // prettier-ignore
const sumRows = (g: Graph, x: Value): Value =>
  g.node("ReduceSum", [x, g.constant("int64", [1])], { shape: [x.shape[0]!] }, { keepdims: 0 });

/** The nodes, one a line: the operator, the shapes of its inputs or the number of a constant, and its attributes. */
function text({ emitted, numbers }: GraphBuilder): string[] {
  const input = (x: Value | undefined) => {
    const data = x && numbers(x);
    return data?.length === 1 ? String(Number(data[0])) : `[${x?.shape.join()}]`;
  };
  return emitted.map(({ op, inputs, attributes }) => {
    const given = Object.entries(attributes).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    return `${op} ${inputs.map(input).join(" ")}${given.join("")}`;
  });
}

/** The graph that `build` makes, before and after the passes. */
function run(build: (g: GraphBuilder) => readonly Value[], of: readonly Pass[] = passes) {
  const g = graphBuilder(target, { views: true });
  const outputs = build(g);
  const rebuilt = rebuild(g, outputs, of, { views: true });
  expect(rebuilt.outputs.map(({ type, shape }) => [type, sizeOf(shape)])).toEqual(
    outputs.map(({ type, shape }) => [type, sizeOf(shape)]),
  );
  return { before: text(g), after: text(rebuilt.graph), graph: rebuilt.graph };
}

describe("rebuild", () => {
  it("keeps what the outputs depend on, and nothing else", () => {
    const { before, after, graph } = run((g) => {
      const [x, y] = [floats(g, 0, 2, 3), floats(g, 1, 2, 3)];
      like(g, "Abs", [y]);
      return [like(g, "Sin", [x])];
    }, []);
    expect([before.length, after]).toEqual([2, ["Sin [2,3]"]]);
    expect(graph.feeds.map(({ from }) => from)).toEqual([0]);
  });

  it("makes nodes that compute the same one node, and reshapes of reshapes one reshape", () => {
    const { after } = run((g) => {
      const x = like(g, "Sin", [floats(g, 0, 4, 6)]);
      const twice = [0, 1].map(() => g.node("Softmax", [g.reshape(x, [2, 12])], { shape: [2, 12] }, { axis: 1 }));
      const other = g.node("Softmax", [g.reshape(x, [2, 12])], { shape: [2, 12] }, { axis: 0 });
      return [like(g, "Add", twice), g.node("Cos", [g.reshape(other, [24])], { shape: [24] })];
    }, []);
    expect(after).toEqual([
      "Sin [4,6]",
      "Reshape [4,6] [2] allowzero=1",
      "Softmax [2,12] axis=1",
      "Softmax [2,12] axis=0",
      "Add [2,12] [2,12]",
      "Reshape [2,12] 24 allowzero=1",
      "Cos [24]",
    ]);
  });

  it("reads inputs in another shape, or in part, without a node, also from where they were read before", () => {
    const { after, graph } = run((g) => {
      const x = floats(g, 0, 4, 6);
      const [part, whole] = [g.run(x, 6, [2, 6]), g.reshape(x, [24])];
      return [like(g, "Sin", [part]), like(g, "Cos", [whole])];
    });
    expect(after).toEqual(["Sin [2,6]", "Cos [24]"]);
    expect(graph.feeds.map(({ from, start }) => [from, start])).toEqual([[0, 6], [0, 0]]); // prettier-ignore
  });

  it("gives an output that no node makes a node, once two outputs are the same", () => {
    const { after } = run((g) => {
      const ones = g.node("Expand", [number(g, 1), g.constant("int64", [2, 3])], { shape: [2, 3] });
      return [like(g, "Sin", [floats(g, 0, 2)]), ones];
    });
    expect(after).toEqual(["Sin [2]", "Identity [2,3]"]);
  });
});

describe("passes", () => {
  it("flatElements: elements one by one need no reshape, broadcasts do", () => {
    const { before, after } = run((g) => {
      const [x, y] = [0, 1].map((source) => like(g, "Sin", [floats(g, source, 4, 6)])) as [Value, Value];
      const flat = [x, y].map((value) => g.reshape(value, [24]));
      const sum = g.reshape(like(g, "Add", [like(g, "Mul", flat), number(g, 1)]), [4, 6]);
      return [like(g, "Add", [g.reshape(like(g, "Relu", [sum]), [8, 3]), floats(g, 2, 1, 3)])];
    });
    expect(before.filter((line) => line.startsWith("Reshape")).length).toBe(4);
    expect(after.slice(2)).toEqual([
      "Mul [4,6] [4,6]",
      "Add [4,6] 1",
      "Relu [4,6]",
      "Reshape [4,6] [2] allowzero=1",
      "Add [8,3] [1,3]",
    ]);
  });

  it("knownExpand: ones of a sum are a constant", () => {
    const { after } = run((g) => {
      const ones = g.node("Expand", [number(g, 1), g.constant("int64", [1, 5])], { shape: [1, 5] });
      return [g.node("MatMul", [ones, floats(g, 0, 5, 3)], { shape: [1, 3] })];
    });
    expect(after).toEqual(["MatMul [1,5] [5,3]"]);
  });

  it("stepMask: a comparison as floats is a ramp between a number and the next", () => {
    const { after } = run((g) => {
      const x = floats(g, 0, 7);
      const isLess = g.node("LessOrEqual", [x, number(g, 6)], { type: "bool", shape: [7] });
      return [g.node("Cast", [isLess], { type: "float32", shape: [7] }, { to: 1 })];
    });
    const slope = 2 ** 21;
    expect(after).toEqual([`HardSigmoid [7] alpha={"float":${-slope}} beta={"float":${6 * slope + 1}}`]);
  });

  it("halfErf: half of 1 + erf is a ramp", () => {
    const { after } = run((g) => {
      const erf = like(g, "Erf", [floats(g, 0, 7)]);
      return [like(g, "Mul", [like(g, "Add", [erf, number(g, 1)]), number(g, 0.5)])];
    });
    expect(after).toEqual(["Erf [7]", 'HardSigmoid [7] alpha={"float":0.5} beta={"float":0.5}']);
  });

  const phi = (g: Graph, x: Value, scale = Math.fround(Math.SQRT1_2)): Value => {
    const erf = like(g, "Erf", [like(g, "Mul", [x, number(g, scale)])]);
    return like(g, "Mul", [like(g, "Add", [erf, number(g, 1)]), number(g, 0.5)]);
  };

  it("gelu: x · Φ(x) is one node, unless something else reads Φ(x), or it is another", () => {
    const last = (build: (g: GraphBuilder, x: Value) => Value[]) =>
      run((g) => build(g, like(g, "Sin", [floats(g, 0, 4, 6)]))).after.slice(1);
    expect(last((g, x) => [like(g, "Mul", [g.reshape(x, [24]), g.reshape(phi(g, x), [24])])])).toEqual(["Gelu [4,6]"]); // prettier-ignore
    expect(last((g, x) => [like(g, "Mul", [phi(g, x), x])])).toEqual(["Gelu [4,6]"]);
    const others: Parameters<typeof last>[0][] = [
      (g, x) => [phi(g, x)].flatMap((factor) => [like(g, "Mul", [x, factor]), like(g, "Cos", [factor])]),
      (g, x) => [like(g, "Mul", [x, phi(g, x, 0.7)])],
      (g, x) => [like(g, "Mul", [like(g, "Cos", [x]), phi(g, x)])],
    ];
    for (const other of others) expect(last(other).join()).not.toContain("Gelu");
  });

  const product = (g: GraphBuilder): Value =>
    g.node("FusedMatMul", [floats(g, 0, 7, 2), floats(g, 1, 7, 3)], { shape: [2, 3] }, { domain: "com.microsoft", transA: 1, transB: 0 }); // prettier-ignore

  it("productSum: a product takes in the row that is added to each of its rows, or a matrix", () => {
    expect(run((g) => [like(g, "Add", [product(g), floats(g, 2, 3)])]).after).toEqual([
      "Gemm [7,2] [7,3] [3] transA=1 transB=0",
    ]);
    expect(run((g) => [like(g, "Add", [floats(g, 2, 6), g.reshape(product(g), [6])])]).after).toEqual([
      "Gemm [7,2] [7,3] [2,3] transA=1 transB=0",
    ]);
  });

  it("productSum: the row may be repeated, for several rows at once", () => {
    const { after } = run((g) => {
      const rows = g.reshape(product(g), [1, 6]);
      const repeated = g.node("Expand", [floats(g, 2, 1, 3), g.constant("int64", [2, 3])], { shape: [2, 3] });
      return [like(g, "Add", [rows, g.reshape(repeated, [1, 6])])];
    });
    expect(after).toEqual(["Gemm [7,2] [7,3] [3] transA=1 transB=0"]);
  });

  it("productSum: a column, a row for some rows only, and a product that is read elsewhere stay apart", () => {
    const sums: ((g: GraphBuilder) => Value[])[] = [
      (g) => [like(g, "Add", [product(g), floats(g, 2, 2, 1)])],
      (g) => [like(g, "Add", [g.reshape(product(g), [1, 6]), floats(g, 2, 1, 6)])].map((y) => like(g, "Add", [g.reshape(y, [3, 2]), floats(g, 3, 1, 2)])), // prettier-ignore
      (g) => {
        const y = product(g);
        return [like(g, "Add", [y, floats(g, 2, 3)]), y];
      },
    ];
    const counts = sums.map((build) => run(build).after.filter((line) => line.startsWith("Gemm")).length);
    expect(counts).toEqual([0, 1, 0]);
  });

  it("scaledProduct: a factor of a matrix is one of the product", () => {
    const { after } = run((g) => {
      const a = g.reshape(like(g, "Mul", [floats(g, 0, 14), number(g, 0.25)]), [7, 2]);
      return [g.node("FusedMatMul", [a, floats(g, 1, 7, 3)], { shape: [2, 3] }, { domain: "com.microsoft", transA: 1 })]; // prettier-ignore
    });
    expect(after).toEqual(['FusedMatMul [7,2] [7,3] transA=1 alpha={"float":0.25}']);
  });

  const mean = (g: Graph, x: Value): Value => {
    const sum = sumRows(g, x);
    return like(g, "Div", [sum, number(g, x.shape[1]!)]);
  };

  it("layerNormalization: of centred rows, and its factor, which the gradient reads", () => {
    const { after } = run((g) => {
      const x = like(g, "Sin", [floats(g, 0, 4, 6)]);
      const centred = g.node("Sub", [x, g.reshape(mean(g, x), [4, 1])], x);
      const square = g.reshape(like(g, "Mul", [g.reshape(centred, [24]), g.reshape(centred, [24])]), [4, 6]);
      const root = like(g, "Sqrt", [like(g, "Add", [mean(g, square), number(g, 0.5)])]);
      const inverse = like(g, "Reciprocal", [root]);
      const y = g.node("Mul", [centred, g.reshape(inverse, [4, 1])], x);
      return [y, like(g, "Exp", [inverse])];
    });
    expect(after.slice(4)).toEqual([
      "Sub [4,6] [4,1]",
      'LayerNormalization [4,6] [6] axis=-1 epsilon={"float":0.5}',
      "Exp [4,1]",
    ]);
  });

  it("layerNormalization: not of rows that are not centred, whose variance it would lose", () => {
    const { after } = run((g) => {
      const x = like(g, "Sin", [floats(g, 0, 4, 6)]);
      const root = like(g, "Sqrt", [like(g, "Add", [mean(g, like(g, "Mul", [x, x])), number(g, 0.5)])]);
      return [g.node("Mul", [x, g.reshape(like(g, "Reciprocal", [root]), [4, 1])], x)];
    });
    expect(after.at(-1)).toBe("Mul [4,6] [4,1]");
  });
});
