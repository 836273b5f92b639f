import type { Feed, Node, Value } from "@fovea/onnx-graph";
import { modelOf } from "../runtime/kernel-model.js";
import type { Recording } from "./record.js";

/** A model as bytes, and what it is fed. */
export interface ReadyModel {
  readonly bytes: Uint8Array;
  readonly feeds: readonly Feed[];
}

/** The model that computes `outputs`, and nothing else. */
export function readyModel({ graph }: Recording, outputs: readonly Value[]): ReadyModel {
  const emitted = needed(graph.emitted, outputs);
  const read = new Set(emitted.flatMap(({ inputs }) => inputs));
  const feeds = graph.feeds.filter(({ value }) => read.has(value));
  const initializers = graph.initializers.filter(({ value }) => read.has(value));
  return { bytes: modelOf({ ...graph, feeds, initializers, emitted }, outputs), feeds };
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
