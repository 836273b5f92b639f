import type { Attribute, Node } from "./graph.js";
import type { ModelData, ModelValue, OnnxModel } from "./model.js";

/** Numbers up to which an initializer is printed in full. */
const few = 16;

/**
 * A model as text, one line a value or node, in the order of the model:
 *
 * ```text
 * input v0 : float32[1, 4]
 * v1 = [2] : float32[]
 * v2 = Mul(v0, v1) : float32[1, 4]
 * output v2 : float32[1, 4]
 * ```
 *
 * Of an initializer of more than 16 numbers only the shape is printed. A node says the domain of its operator where it
 * is not ONNX's own, its attributes in braces where it has any, and `_` for an optional input that is left out.
 */
export const print = ({ inputs, initializers, nodes, outputs }: OnnxModel): string =>
  [
    ...inputs.map((value) => `input ${value.name} : ${typeText(value)}`),
    ...initializers.map(dataText),
    ...nodes.map(nodeText),
    ...outputs.map((value) => `output ${value.name} : ${typeText(value)}`),
  ].join("\n");

const typeText = ({ type, shape }: ModelValue): string => `${type}[${shape.join(", ")}]`;

function dataText({ value, data }: ModelData): string {
  const size = value.shape.reduce((product, side) => product * side, 1);
  const numbers = size <= few && isNumbers(data) ? `[${[...data].join(", ")}]` : "…";
  return `${value.name} = ${numbers} : ${typeText(value)}`;
}

const isNumbers = (data: ArrayBufferView): data is ArrayBufferView & Iterable<number | bigint> => !(data instanceof DataView); // prettier-ignore

function nodeText({ op, domain, inputs, outputs, attributes }: Node): string {
  const names = outputs.map(({ name }) => name).join(", ");
  const read = inputs.map((x) => x?.name ?? "_").join(", ");
  const entries = Object.entries(attributes).map(([name, value]) => `${name}: ${attributeText(value)}`);
  const given = entries.length > 0 ? ` {${entries.join(", ")}}` : "";
  return `${names} = ${domain && `${domain}.`}${op}(${read})${given} : ${outputs.map(typeText).join(", ")}`;
}

/** Floats are told from ints by a point, e.g. `1.0`. */
function attributeText(value: Attribute): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if ("float" in value) return floatText(value.float);
  return `[${("floats" in value ? value.floats.map(floatText) : value).join(", ")}]`;
}

const floatText = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));
