import { encode, graphBuilder, portableVersions, type OnnxModel } from "@fovea/onnx-graph";
import { describe, expect, it } from "vitest";
import { ModelProto } from "../src/graph/proto.js";

interface Decoded {
  irVersion: number;
  producerName: string;
  opsetImport: object[];
  metadataProps?: object[];
  graph: { name: string; node: object[]; input: Info[]; output: Info[]; initializer?: object[] };
}

interface Info {
  name: string;
  type: { tensorType: { elemType: number; shape: { dim: object[] } } };
}

const decode = (bytes: Uint8Array): Decoded =>
  ModelProto.toObject(ModelProto.decode(bytes), { longs: Number, bytes: Array }) as Decoded;

const sidesOf = ({ type }: Info): object[] => type.tensorType.shape.dim;

function model(): OnnxModel {
  const graph = graphBuilder({ block: 1, portable: true, parallel: false });
  const x = graph.input({ name: "x", type: "float32", shape: [2, 3] }, 0);
  const y = graph.node("Mul", [x, graph.constant("float32", [0.5], [])], x);
  const z = graph.node("LeakyRelu", [y], y, { alpha: { float: 0.25 }, axes: [-1, 2], to: 7, mode: "as is", none: undefined }); // prettier-ignore
  return {
    name: "test",
    inputs: [x],
    initializers: graph.initializers,
    nodes: graph.emitted,
    outputs: [graph.output(z, "y")],
  };
}

describe("encode", () => {
  it("writes inputs, initializers, nodes with their attributes, and outputs", () => {
    const { graph } = decode(encode(model()));
    expect(graph.name).toBe("test");
    expect(graph.node).toEqual([
      { opType: "Mul", input: ["x", "v0"], output: ["v1"] },
      {
        opType: "LeakyRelu",
        input: ["v1"],
        output: ["v2"],
        attribute: [
          { name: "alpha", type: 1, f: 0.25 },
          { name: "axes", type: 7, ints: [-1, 2] },
          { name: "to", type: 2, i: 7 },
          { name: "mode", type: 3, s: [..."as is"].map((letter) => letter.charCodeAt(0)) },
        ],
      },
      { opType: "Identity", input: ["v2"], output: ["y"] },
    ]);
    expect(graph.initializer).toEqual([{ name: "v0", dataType: 1, rawData: [0, 0, 0, 63] }]); // 0.5, no sides
    expect(graph.input.map(({ name, type }) => [name, type.tensorType.elemType])).toEqual([["x", 1]]);
    expect(graph.output.map(({ name }) => name)).toEqual(["y"]);
  });

  it("tells sides as numbers, as names, or not at all", () => {
    const sides = (of: Parameters<typeof encode>[1]) => sidesOf(decode(encode(model(), of)).graph.input[0]!);
    expect(sides({})).toEqual([{ dimValue: 2 }, { dimValue: 3 }]);
    expect(sides({ sides: "open" })).toEqual([{ dimParam: "x_0" }, { dimParam: "x_1" }]);
    expect(sides({ sides: ({ shape }, axis) => (axis === 0 ? "batch" : shape[axis]!) })).toEqual([
      { dimParam: "batch" },
      { dimValue: 3 },
    ]);
  });

  it("imports the operator sets that occur, in the versions asked for", () => {
    const { irVersion, opsetImport, producerName } = decode(encode(model()));
    expect({ irVersion, opsetImport, producerName }).toEqual({
      irVersion: 10,
      opsetImport: [{ version: 21 }], // no domain is ONNX's own
      producerName: "fovea",
    });
    const portable = decode(encode({ ...model(), ...portableVersions, producer: "me" }));
    expect(portable).toMatchObject({ irVersion: 8, opsetImport: [{ version: 17 }], producerName: "me" });
    const fused = { ...model().nodes[0]!, domain: "com.microsoft" };
    const nodes = [fused];
    expect(decode(encode({ ...model(), nodes })).opsetImport).toContainEqual({ domain: "com.microsoft", version: 1 });
    expect(() => encode({ ...model(), nodes, ...portableVersions })).toThrow('encode: expected `operatorSets` to have the domain "com.microsoft"'); // prettier-ignore
  });

  it("keeps metadata, and types by number", () => {
    const metadata = { license: "Apache-2.0", classes: '["a","b"]' };
    const hidden = { value: { name: "hidden", type: 16, shape: [1] }, data: new Uint8Array(2) };
    const { metadataProps, graph } = decode(encode({ ...model(), metadata, initializers: [hidden] }));
    expect(metadataProps).toEqual(Object.entries(metadata).map(([key, value]) => ({ key, value })));
    expect(graph.initializer).toEqual([{ name: "hidden", dims: [1], dataType: 16, rawData: [0, 0] }]);
  });
});
