import { encode, portableVersions, type Data, type ModelGraph, zerosFor } from "@fovea/onnx-graph";
import { tensorOf } from "../runtime/ports.js";
import { createSession } from "../runtime/session.js";
import { getThreads } from "../runtime/threads.js";

/** The numbers of the outputs of a graph without inputs. */
export function evaluate(graph: ModelGraph): Data[] {
  const session = createSession(encode({ name: "constants", ...graph, ...portableVersions }), getThreads());
  const outputs = graph.outputs.map((value) => ({ value, data: zerosFor(value) }));
  const fetches = Object.fromEntries(outputs.map(({ value, data }) => [value.name, tensorOf(value, data)]));
  try {
    session.run({ feeds: {}, fetches, put() {}, clear() {} });
  } finally {
    session.dispose();
  }
  return outputs.map(({ data }) => data);
}
