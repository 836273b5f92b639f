import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/types.js";
import { convWindow } from "./conv.js";
import { filterGradient } from "./conv-filter-gradient.js";
import { inputGradient } from "./conv-input-gradient.js";
import { areFloats, lowering, type Lowering } from "./lowering.js";
import { framed } from "./taps.js";
import { both, type Window } from "./window.js";

/** conv2dTranspose lets its input be larger than its output has room for: the rest of it counts for nothing. */
const whatIsMeant = (g: Graph, dy: Value, { output }: Window): Value =>
  framed(g, dy, [0, 0], both((i) => Math.min(0, output[i] - dy.shape[i + 1]!))); // prettier-ignore

export const convGradients: readonly Lowering[] = [
  lowering<tf.Conv2DBackpropInputAttrs>({
    kernel: tf.Conv2DBackpropInput,
    inputs: ["dy", "filter"],
    lower(g, [dy, filter], attrs) {
      const window = areFloats(dy!, filter!) && convWindow(attrs.inputShape, filter!.shape, { dilations: 1, ...attrs });
      return window ? inputGradient(g, whatIsMeant(g, dy!, window), filter!, window) : undefined;
    },
  }),
  lowering<tf.Conv2DBackpropFilterAttrs>({
    kernel: tf.Conv2DBackpropFilter,
    inputs: ["x", "dy"],
    lower(g, [x, dy], attrs) {
      const window = areFloats(x!, dy!) && convWindow(x!.shape, attrs.filterShape, { dilations: 1, ...attrs });
      return window ? filterGradient(g, x!, dy!, window) : undefined;
    },
  }),
];
