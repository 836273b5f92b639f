import { encode, type GraphBuilder, type ModelData, type Value } from "@fovea/onnx-graph";

/** One bfloat16, which onnxruntime-node cannot show to JavaScript, and what it says then. */
export const unreadable = { name: "unreadable", error: "Tensor type (16) is not supported." } as const;

const value = { name: unreadable.name, type: 16, shape: [1] };
const hidden: ModelData = { value, data: new Uint8Array(2) };

/**
 * The graph as a model with the {@link unreadable} number as first output. See `portsOf` for what it is good for; who
 * does not fetch it does not notice it. Sides are left open: graphs with the same nodes are the same bytes, whatever
 * the shapes that they were made for.
 */
export const modelOf = (graph: GraphBuilder, outputs: readonly Value[]): Uint8Array =>
  encode(
    {
      name: "kernel",
      inputs: graph.feeds.map((feed) => feed.value),
      initializers: [hidden, ...graph.initializers],
      nodes: graph.emitted,
      outputs: [value, ...outputs],
    },
    { sides: "open" },
  );
