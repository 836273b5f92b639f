import {
  fixedValues,
  foldFactors,
  needed,
  passes,
  phasesOf,
  rebuild,
  type Data,
  type Feed,
  type GraphBuilder,
  type Node,
  type Rebuilt,
  type Value,
  zerosFor,
} from "@fovea/onnx-graph";
import { modelOf } from "../runtime/kernel-model.js";
import type { Recording } from "./record.js";

/** A model as bytes, what it is fed, and what it makes. */
export interface ReadyModel {
  readonly bytes: Uint8Array;
  readonly feeds: readonly Feed[];
  /** One for each output that was asked for, of as many elements; where two are the same, one for both. */
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

export function readyModels(recording: Recording, wanted: readonly Value[]): ReadyModels {
  const { graph, outputs } = rebuilt(recording, wanted);
  const { once, each, kept } = phasesOf(graph.emitted, fixedIn(graph, graph.emitted, recording, outputs));
  const room = kept.map(zerosFor);
  const fed = kept.map((value, i): Feed => ({ value, from: room[i]!, start: 0 }));
  const before = kept.length > 0 ? modelFor(graph, once, kept) : undefined;
  return { main: modelFor(graph, each, outputs, fed), before, kept: room };
}

/** The graph with what makes it quicker. */
function rebuilt(recording: Recording, wanted: readonly Value[]): Rebuilt {
  const { graph } = recording;
  const nodes = needed(graph.emitted, wanted);
  const emitted = foldFactors(graph, nodes, fixedIn(graph, nodes, recording, wanted), wanted);
  return rebuild({ ...graph, emitted }, wanted, passes, { views: true });
}

/** What is computed of constants, and of variables that seldom change: those that the function does not assign. */
function fixedIn(
  { feeds, initializers }: Pick<GraphBuilder, "feeds" | "initializers">,
  nodes: readonly Node[],
  { sources, assigned, isSteady }: Recording,
  outputs: readonly Value[],
): Set<Value> {
  if (!isSteady) return new Set();
  const isFixed = ({ from }: Feed): boolean => {
    const source = typeof from === "number" ? sources[from] : undefined;
    return source !== undefined && "variable" in source && !assigned.has(source.variable);
  };
  const given = new Set(feeds.filter(isFixed).map(({ value }) => value));
  const constants = new Set(initializers.map(({ value }) => value));
  return fixedValues(nodes, given, constants, outputs);
}

function modelFor(
  graph: GraphBuilder,
  emitted: readonly Node[],
  outputs: readonly Value[],
  more: readonly Feed[] = [],
): ReadyModel {
  const read = new Set(emitted.flatMap(({ inputs }) => inputs));
  const feeds = [...graph.feeds, ...more].filter(({ value }) => read.has(value));
  const initializers = graph.initializers.filter(({ value }) => read.has(value));
  return { bytes: modelOf({ ...graph, feeds, initializers, emitted }, [...new Set(outputs)]), feeds, outputs };
}
