import { encode, portableVersions, sizeOf, type Data, type ModelGraph } from "@fovea/onnx-graph";
import { tensorOf } from "../runtime/ports.js";
import { createSession } from "../runtime/session.js";
import { getThreads } from "../runtime/threads.js";

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  float64: Float64Array,
} as const;

/** The numbers of the outputs of a graph without inputs. */
export function evaluate(graph: ModelGraph): Data[] {
  const session = createSession(encode({ name: "constants", ...graph, ...portableVersions }), getThreads());
  const outputs = graph.outputs.map((value) => ({ value, data: new arrays[value.type](sizeOf(value.shape)) }));
  const fetches = Object.fromEntries(outputs.map(({ value, data }) => [value.name, tensorOf(value, data)]));
  try {
    session.run({ feeds: {}, fetches, put() {}, clear() {} });
  } finally {
    session.dispose();
  }
  return outputs.map(({ data }) => data);
}
