import { fixedValues, foldFactors, phasesOf, sizeOf, type Data, type Feed, type Node, type Value } from "@fovea/onnx-graph"; // prettier-ignore
import { modelOf } from "../runtime/kernel-model.js";
import type { Recording } from "./record.js";

/** A model as bytes, what it is fed, and what it makes. */
export interface ReadyModel {
  readonly bytes: Uint8Array;
  readonly feeds: readonly Feed[];
  readonly outputs: readonly Value[];
}

/** The models that compute `outputs` of a recording, and nothing else. */
export interface ReadyModels {
  /** Runs each time. */
  readonly main: ReadyModel;
  /** Computes from the variables that the function does not assign what stays the same while they do. */
  readonly before?: ReadyModel | undefined;
  /** Where that is kept. */
  readonly kept: readonly Data[];
}

export function readyModels(recording: Recording, outputs: readonly Value[]): ReadyModels {
  const { graph } = recording;
  const given = fixedFeeds(recording);
  const constants = new Set(graph.initializers.map(({ value }) => value));
  const needs = needed(graph.emitted, outputs);
  const folded = foldFactors(graph, needs, fixedValues(needs, given, constants, outputs), outputs);
  const fixed = fixedValues(folded, given, new Set(graph.initializers.map(({ value }) => value)), outputs);
  const { once, each, kept } = phasesOf(folded, fixed);
  const room = kept.map(arrayFor);
  const fed = kept.map((value, i): Feed => ({ value, from: room[i]!, start: 0 }));
  const before = kept.length > 0 ? modelFor(recording, once, kept) : undefined;
  return { main: modelFor(recording, each, outputs, fed), before, kept: room };
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array, uint8: Uint8Array }; // prettier-ignore

const arrayFor = ({ type, shape }: Value): Data => new arrays[type](sizeOf(shape));

/** Whole variables that the function reads and does not assign, and parts of them. */
function fixedFeeds({ graph, sources, assigned }: Recording): Set<Value> {
  const isFixed = ({ from }: Feed): boolean => {
    const source = typeof from === "number" ? sources[from] : undefined;
    return source !== undefined && "variable" in source && !assigned.has(source.variable);
  };
  return new Set(graph.feeds.filter(isFixed).map(({ value }) => value));
}

function modelFor(
  { graph }: Recording,
  emitted: readonly Node[],
  outputs: readonly Value[],
  more: readonly Feed[] = [],
): ReadyModel {
  // prettier-ignore
  const read = new Set(emitted.flatMap(({ inputs }) => inputs));
  const feeds = [...graph.feeds, ...more].filter(({ value }) => read.has(value));
  const initializers = graph.initializers.filter(({ value }) => read.has(value));
  return { bytes: modelOf({ ...graph, feeds, initializers, emitted }, outputs), feeds, outputs };
}

/** The nodes on which `outputs` depend, in order. */
function needed(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const wanted = new Set<Value | undefined>(outputs);
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) wanted.add(input);
  }
  return kept.reverse();
}
