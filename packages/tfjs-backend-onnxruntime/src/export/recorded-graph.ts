import { prune, type Initializer, type ModelGraph, type Node, type Value } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "../backend.js";
import { callSite } from "../compile/call-site.js";
import { record, type Recording } from "../compile/record.js";
import type { Source } from "../compile/recorder.js";
import { asTaken, fileSides, type ExportInput } from "./export-input.js";

/** A function from tensors by name to tensors by name. */
export type NamedFunction = (inputs: Readonly<Record<string, tf.Tensor>>) => Readonly<Record<string, tf.Tensor>>;

/** What a function did with inputs of some sizes, and the names that its values have. */
export interface RecordedGraph {
  readonly graph: ModelGraph;
  /** The names of inputs, outputs, and weights that have one. */
  readonly names: ReadonlyMap<Value, string>;
  /** Says which kernel has emitted a node, and at which line. */
  describe(node: Node): string;
}

const target = { block: 1, portable: true, parallel: true } as const;

/**
 * Records `fn` for inputs of the given sizes. Its weights are constants.
 *
 * @param weightNames - of variables
 */
export function recordGraph(
  backend: OnnxRuntimeBackend,
  fn: NamedFunction,
  inputs: Readonly<Record<string, ExportInput>>,
  lengths: ReadonlyMap<string, number>,
  weightNames: ReadonlyMap<tf.Variable, string>,
): RecordedGraph {
  const entries = Object.entries(inputs);
  const examples = entries.map(([, input]) => {
    const shape = fileSides(input).map((side) => (typeof side === "number" ? side : lengths.get(side.name)!));
    return tf.zeros(shape, input.dtype ?? "float32");
  });
  const taken = (tensors: readonly tf.Tensor[]) =>
    Object.fromEntries(entries.map(([name, input], i) => [name, asTaken(tensors[i]!, input)]));
  let recording: Recording | undefined;
  try {
    recording = record(backend, (...tensors: tf.Tensor[]) => fn(taken(tensors)), examples, target, { views: false });
    return graphOf(backend, recording, Object.keys(inputs), weightNames);
  } finally {
    recording?.dispose();
    tf.dispose(examples);
  }
}

function graphOf(
  backend: OnnxRuntimeBackend,
  { graph, sources, calls, result, outputs }: Recording,
  inputNames: readonly string[],
  weightNames: ReadonlyMap<tf.Variable, string>,
): RecordedGraph {
  const names = new Map<Value, string>();
  const inputs: Value[] = [];
  const weights: Initializer[] = [];
  for (const { value, from } of graph.feeds) {
    const source = sources[from as number]!;
    const name = nameOf(source, inputNames, weightNames);
    if (name !== undefined) names.set(value, name);
    if ("argument" in source) inputs[source.argument] = value;
    else weights.push({ value, data: numbersOf(backend, source) });
  }
  if (outputs.size === 0) throw new Error("exportOnnx: expected the function to return at least one tensor, got none.");
  const unread = inputNames.findIndex((_, i) => !inputs[i]);
  if (unread >= 0) throw new Error(`exportOnnx: expected the function to read its input \`${inputNames[unread]}\`, which it does not.`); // prettier-ignore
  const results = Object.entries(result as Record<string, tf.Tensor>).map(([name, tensor]) => {
    const output = outputs.get(tensor)!;
    if ("kept" in output) throw new Error(`exportOnnx: expected the result \`${name}\` to depend on an input, which it does not.`); // prettier-ignore
    const value = graph.output(graph.reshape(output.value, output.shape));
    names.set(value, name);
    return value;
  });
  const unique = results.map((value, i) => (results.indexOf(value) === i ? value : refuseTwice(names.get(value)!)));
  const initializers = [...graph.initializers, ...weights];
  const kernels = kernelsOf(graph.emitted, calls);
  return {
    graph: prune({ inputs, initializers, nodes: graph.emitted, outputs: unique }),
    names,
    describe: (node) => kernels.get(node) ?? node.op,
  };
}

function refuseTwice(name: string): never {
  throw new Error(`exportOnnx: expected results that differ, got one tensor twice, as \`${name}\` and before.`);
}

function nameOf(
  source: Source,
  inputNames: readonly string[],
  weightNames: ReadonlyMap<tf.Variable, string>,
): string | undefined {
  if ("argument" in source) return inputNames[source.argument];
  return "variable" in source ? weightNames.get(source.variable) : undefined;
}

function numbersOf(backend: OnnxRuntimeBackend, source: Exclude<Source, { argument: number }>): Initializer["data"] {
  if ("fill" in source)
    throw new Error("exportOnnx: expected a function without random numbers, got one that draws them: is a network in training mode?"); // prettier-ignore
  return backend.typedNumbers("variable" in source ? source.variable : source.captured);
}

function kernelsOf(nodes: readonly Node[], calls: Recording["calls"]): Map<Node, string> {
  const kernels = new Map<Node, string>();
  let at = 0;
  for (const call of calls) {
    const where = `${call.kernel} (${callSite(call.at)})`;
    for (const end = at + call.nodes; at < end; at++) kernels.set(nodes[at]!, where);
  }
  return kernels;
}
