import { alongAxis } from "./along-axis.js";
import { batchNorm } from "./batch-norm.js";
import { binary } from "./binary.js";
import { conv } from "./conv.js";
import { convGradients } from "./conv-gradients.js";
import { depthwiseConvs } from "./depthwise.js";
import { gathers } from "./gather.js";
import { joins } from "./joins.js";
import type { Lowering } from "./lowering.js";
import { matMuls } from "./mat-mul.js";
import { pads } from "./pads.js";
import { pools } from "./pool.js";
import { rearrangements } from "./rearrange.js";
import { reductions } from "./reduce.js";
import { scatters } from "./scatter.js";
import { select } from "./select.js";
import { slices } from "./slices.js";
import { unary } from "./unary.js";

/** Every kernel that runs in ONNX Runtime. */
export const lowerings: readonly Lowering[] = [
  ...slices,
  ...joins,
  ...pads,
  ...rearrangements,
  ...gathers,
  ...scatters,
  ...matMuls,
  ...conv,
  ...convGradients,
  ...depthwiseConvs,
  ...pools,
  ...batchNorm,
  ...unary,
  ...binary,
  ...select,
  ...reductions,
  ...alongAxis,
];
