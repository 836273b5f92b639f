import type { Attribute, Node } from "./graph.js";
import { attributeType, ModelProto } from "./proto.js";
import { typeNumber, type Type } from "./types.js";

/** An input or output of a model. */
export interface ModelValue {
  readonly name: string;
  /** A number stands for a type of onnx.proto's `TensorProto.DataType` that no graph here computes with. */
  readonly type: Type | number;
  readonly shape: readonly number[];
}

/** Numbers that are part of a model. */
export interface ModelData {
  readonly value: ModelValue;
  /** The numbers, row by row, little-endian. */
  readonly data: ArrayBufferView;
}

/** A model: the values of a graph that others feed and fetch, and everything between them. */
export interface OnnxModel {
  readonly name: string;
  readonly inputs: readonly ModelValue[];
  readonly initializers: readonly ModelData[];
  /** In an order in which each reads only what is there before it. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly ModelValue[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Versions of the operator sets, by domain; default: ONNX's own 21, and 1 of ONNX Runtime's. */
  readonly operatorSets?: Readonly<Record<string, number>>;
  /** Version of the file format; default 10. */
  readonly irVersion?: number;
  /** Who made the model; default "fovea". */
  readonly producer?: string;
}

/** Versions for models that older runtimes read, too: of graphs for a portable target. */
export const portableVersions = { operatorSets: { "": 17 }, irVersion: 8 } as const;

/** Versions of the operator sets that the lowerings are written for. */
const operatorSets = { "": 21, "com.microsoft": 1, "com.microsoft.nchwc": 1 };

/**
 * What the file tells of its inputs' and outputs' sides. `"open"`: nothing, so models with the same nodes are the same
 * bytes, whatever the shapes that they were made for. `"fixed"`: the numbers. A function says a number, or the name of
 * a side that may be any: models that share a name share a number.
 */
export type Sides = "open" | "fixed" | ((value: ModelValue, axis: number) => number | string);

/** The model as the bytes of an ONNX file. */
export function encode(model: OnnxModel, { sides = "fixed" }: { readonly sides?: Sides } = {}): Uint8Array {
  const info = (value: ModelValue) => valueInfo(value, sides);
  return ModelProto.encode({
    irVersion: model.irVersion ?? 10,
    producerName: model.producer ?? "fovea",
    opsetImport: imports(model.nodes, model.operatorSets ?? operatorSets),
    metadataProps: Object.entries(model.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: model.name,
      node: model.nodes.map(nodeProto),
      input: model.inputs.map(info),
      initializer: model.initializers.map(tensorProto),
      output: model.outputs.map(info),
    },
  } as object as never).finish();
}

/** The operator sets that occur in the nodes; ONNX's own always does. */
function imports(nodes: readonly Node[], versions: Readonly<Record<string, number>>) {
  return [...new Set(["", ...nodes.map(({ domain }) => domain)])].map((domain) => {
    const version = versions[domain];
    if (version === undefined) throw new Error(`encode: expected \`operatorSets\` to have the domain "${domain}" of its nodes, got ${JSON.stringify(versions)}.`); // prettier-ignore
    return { domain, version };
  });
}

const nodeProto = ({ op, name, domain, inputs, outputs, attributes }: Node) => ({
  opType: op,
  ...(name !== undefined && { name }),
  domain,
  input: inputs.map((x) => x?.name ?? ""),
  output: outputs.map(({ name }) => name),
  attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeProto(value) })),
});

const text = new TextEncoder();

function attributeProto(value: Attribute) {
  if (typeof value === "number") return { type: attributeType.int, i: value };
  if (typeof value === "string") return { type: attributeType.string, s: text.encode(value) };
  if ("floats" in value) return { type: attributeType.floats, floats: value.floats };
  if ("float" in value) return { type: attributeType.float, f: value.float };
  return { type: attributeType.ints, ints: value };
}

const numberOf = (type: Type | number): number => (typeof type === "number" ? type : typeNumber[type]);

const tensorProto = ({ value: { name, type, shape }, data }: ModelData) => ({
  name,
  dims: shape,
  dataType: numberOf(type),
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

const valueInfo = (value: ModelValue, sides: Sides) => ({
  name: value.name,
  type: {
    tensorType: { elemType: numberOf(value.type), shape: { dim: value.shape.map((_, i) => side(value, i, sides)) } },
  },
});

function side(value: ModelValue, axis: number, sides: Sides): { dimValue: number } | { dimParam: string } {
  if (sides === "open") return { dimParam: `${value.name}_${axis}` };
  const one = sides === "fixed" ? value.shape[axis]! : sides(value, axis);
  return typeof one === "number" ? { dimValue: one } : { dimParam: one };
}
