import {
  assumeNumbers,
  encode,
  foldConstants,
  openSides,
  portableVersions,
  rename,
  sinkTransposes,
  type Folded,
  type ModelGraph,
  type OnnxModel,
  type Value,
} from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { requireBackend } from "../compile/require-backend.js";
import { evaluate } from "./evaluate.js";
import { lengthsOf, openSidesOf, trials, type ExportInput, type OpenSide } from "./export-input.js";
import { recordGraph, type NamedFunction, type RecordedGraph } from "./recorded-graph.js";

/** What an exported file says beside the function. */
export interface ExportOptions {
  /** Variables by the names that they are to have in the file, such as `module.params`. Default: none has a name. */
  readonly weights?: Readonly<Record<string, tf.Variable>>;
  /** Facts about the model, by name, such as its licence and its classes. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The name of the graph. Default "fovea". */
  readonly name?: string;
}

/** A function as an ONNX model. */
export interface ExportedModel {
  /** The file: operator set 17, file format 8. */
  readonly bytes: Uint8Array;
  /** What is in it; `print` of `@fovea/onnx-graph` shows it. */
  readonly model: OnnxModel & ModelGraph;
  /** The sides of its inputs and outputs, by name: a length, or what the file calls a side that may be any. */
  readonly sides: Readonly<Record<string, readonly (number | string)[]>>;
}

/**
 * A function of tensors as an ONNX file that other runtimes read: operators of ONNX's own set 17, format 8.
 *
 *     exportOnnx(
 *       ({ pixel_values }) => ({ logits: model.forward(pixel_values as tf.Tensor4D, inferenceContext()) }),
 *       { pixel_values: { shape: ["batch", 224, 224, 3], channelsFirst: true } },
 *       { weights: { ...model.params, ...model.buffers } },
 *     );
 *
 * The function is called a few times, with tensors of several sizes that have no numbers; what differs from one size to
 * another is computed in the file from the sizes of its inputs. Weights are part of the file, in their numbers of now.
 * The file takes numbers for granted: NaN may go elsewhere than in TensorFlow.js.
 *
 * @param fn - takes the inputs by name, and returns results by name, or one, which is called `logits`
 * @throws Error on another backend than `onnxruntime`; for a function that draws random numbers, as a network in
 * training does; for a kernel, named with its line, that is not right for every size; RecordingError for what no graph
 * can hold
 */
export function exportOnnx(
  fn: (inputs: Readonly<Record<string, tf.Tensor>>) => tf.Tensor | Readonly<Record<string, tf.Tensor>>,
  inputs: Readonly<Record<string, ExportInput>>,
  { weights = {}, metadata = {}, name = "fovea" }: ExportOptions = {},
): ExportedModel {
  const backend = requireBackend("exportOnnx", "records");
  const open = openSidesOf(Object.values(inputs));
  const weightNames = new Map(Object.entries(weights).map(([key, variable]) => [variable, key]));
  const named: NamedFunction = (given) => {
    const result = fn(given);
    return result instanceof tf.Tensor ? { logits: result } : result;
  };
  const recorded = Array.from({ length: trials }, (_, trial) =>
    recordGraph(backend, named, inputs, lengthsOf(open, trial), weightNames),
  );
  const { names, graph: first, describe } = recorded[0]!;
  const { graph: opened, sidesOf } = openSides(
    recorded.map(({ graph }) => graph),
    { describe: (at) => `exportOnnx: ${describe(first.nodes[at]!)}` },
  );
  const { graph, folded } = foldConstants(sinkTransposes(assumeNumbers(opened)), evaluate);
  const final = rename(graph, withFolded(names, folded));
  const model = { name, ...final, metadata, ...portableVersions };
  const sides: Record<string, readonly (number | string)[]> = {};
  for (const [i, value] of [...graph.inputs, ...graph.outputs].entries()) {
    const { name: called } = [...final.inputs, ...final.outputs][i]!;
    sides[called] = sidesOf(value).map((lengths, axis) => sideName(lengths, open) ?? `${called}_${axis}`);
  }
  return { model, sides, bytes: fileOf(model, sides) };
}

/** The bytes of a file whose inputs and outputs have these sides. */
export const fileOf = (model: OnnxModel, sides: ExportedModel["sides"]): Uint8Array =>
  encode(model, { sides: ({ name }, axis) => sides[name]![axis]! });

/** A length, or the name of the open side that has these lengths. */
function sideName(lengths: readonly number[], open: readonly OpenSide[]): number | string | undefined {
  if (lengths.every((length) => length === lengths[0])) return lengths[0]!;
  return open.find(({ name }) => lengths.every((length, trial) => length === lengthsOf(open, trial).get(name)))?.name;
}

/** Constants in another order keep the name of the weight; those computed of weights are called after the first. */
function withFolded(names: RecordedGraph["names"], folded: readonly Folded[]): ReadonlyMap<Value, string> {
  const all = new Map(names);
  const taken = new Set(names.values());
  for (const { value, from, isLayout } of folded) {
    const first = from.map((source) => names.get(source)).find((name) => name !== undefined);
    if (first === undefined) continue;
    const wanted = isLayout ? first : `${first}/folded`;
    let name = wanted;
    const holder = from.find((source) => all.get(source) === wanted);
    if (isLayout && holder && all.delete(holder)) taken.delete(wanted);
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    all.set(value, name);
  }
  return all;
}
