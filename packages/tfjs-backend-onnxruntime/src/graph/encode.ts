import type { Attribute, KernelGraph, Node } from "./graph.js";
import { attributeType, ModelProto } from "./proto.js";
import type { Value } from "./types.js";
import { typeNumber } from "./types.js";

/** Versions of the operator sets that the lowerings are written for. */
const operatorSets = [
  { domain: "", version: 21 },
  { domain: "com.microsoft", version: 1 },
  { domain: "com.microsoft.nchwc", version: 1 },
];

/**
 * A first output of every model: one bfloat16, which onnxruntime-node cannot show to JavaScript. See `createSession`
 * for what it is good for; who does not fetch it does not notice it.
 */
export const unreadable = { name: "unreadable", type: 16, error: "Tensor type (16) is not supported." } as const;

/**
 * The graph as an ONNX model. Of its inputs and outputs the model tells type and rank, not sides: graphs with the same
 * nodes are the same bytes, whatever the shapes that they were made for.
 */
export function encode(graph: KernelGraph, outputs: readonly Value[]): Uint8Array {
  return ModelProto.encode({
    irVersion: 10,
    producerName: "fovea",
    opsetImport: operatorSets,
    graph: {
      name: "kernel",
      node: graph.emitted.map(nodeProto),
      input: graph.feeds.map(({ value }) => valueInfo(value)),
      initializer: [{ name: unreadable.name, dims: [1], dataType: unreadable.type, rawData: new Uint8Array(2) }],
      output: [typed(unreadable.name, unreadable.type, ["1"]), ...outputs.map(valueInfo)],
    },
  } as object as never).finish();
}

const nodeProto = ({ op, domain, inputs, outputs, attributes }: Node) => ({
  opType: op,
  domain,
  input: inputs,
  output: outputs,
  attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeProto(value) })),
});

function attributeProto(value: Attribute) {
  if (typeof value === "number") return { type: attributeType.int, i: value };
  if (typeof value === "string") return { type: attributeType.string, s: Buffer.from(value) };
  if ("float" in value) return { type: attributeType.float, f: value.float };
  return { type: attributeType.ints, ints: value };
}

const valueInfo = ({ name, type, shape }: Value) =>
  typed(name, typeNumber[type], shape.map((_, i) => `${name}_${i}`)); // prettier-ignore

const typed = (name: string, elemType: number, sides: readonly string[]) => ({
  name,
  type: { tensorType: { elemType, shape: { dim: sides.map((dimParam) => ({ dimParam })) } } },
});
