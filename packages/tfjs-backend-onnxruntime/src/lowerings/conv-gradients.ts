import * as tf from "@tensorflow/tfjs-core";
import { sizeOf, type Value } from "../graph/types.js";
import { convWindow } from "./conv.js";
import { filterGradient } from "./conv-filter-gradient.js";
import { inputGradient } from "./conv-input-gradient.js";
import { areFloats, lowering, type Inputs, type Lowering } from "./lowering.js";

const inputMacs = ([dy, filter]: Inputs): number => sizeOf(dy!.shape) * (sizeOf(filter!.shape) / filter!.shape[3]!);
const filterMacs = ([, dy]: Inputs, [dw]: readonly Value[]): number =>
  sizeOf(dy!.shape) * (sizeOf(dw!.shape) / dw!.shape[3]!);

export const convGradients: readonly Lowering[] = [
  lowering<tf.Conv2DBackpropInputAttrs>({
    kernel: tf.Conv2DBackpropInput,
    inputs: ["dy", "filter"],
    work: inputMacs,
    lower(g, [dy, filter], attrs) {
      const window = areFloats(dy!, filter!) && convWindow(attrs.inputShape, filter!.shape, { dilations: 1, ...attrs });
      return window ? inputGradient(g, dy!, filter!, window) : undefined;
    },
  }),
  lowering<tf.Conv2DBackpropFilterAttrs>({
    kernel: tf.Conv2DBackpropFilter,
    inputs: ["x", "dy"],
    work: filterMacs,
    lower(g, [x, dy], attrs) {
      const window = areFloats(x!, dy!) && convWindow(x!.shape, attrs.filterShape, { dilations: 1, ...attrs });
      return window ? filterGradient(g, x!, dy!, window) : undefined;
    },
  }),
];
