import { alongAxis } from "./along-axis.js";
import { batchNorm } from "./batch-norm.js";
import { binary } from "./binary.js";
import { casts } from "./cast.js";
import { convGradients } from "./conv-gradients.js";
import { conv } from "./conv.js";
import { depthwiseConvs } from "./depthwise.js";
import { einsums } from "./einsum.js";
import { fills } from "./fill.js";
import { gathers } from "./gather.js";
import { joins } from "./joins.js";
import type { Lowering } from "./lowering.js";
import { lrns } from "./lrn.js";
import { matMuls } from "./mat-mul.js";
import { pads } from "./pads.js";
import { pools } from "./pool.js";
import { rearrangements } from "./rearrange.js";
import { reductions } from "./reduce.js";
import { resizes } from "./resize.js";
import { scatters } from "./scatter.js";
import { select } from "./select.js";
import { slices } from "./slices.js";
import { unary } from "./unary.js";

/** Every kernel that is said in ONNX. */
export const lowerings: readonly Lowering[] = [
  ...slices,
  ...joins,
  ...pads,
  ...rearrangements,
  ...gathers,
  ...scatters,
  ...resizes,
  ...lrns,
  ...einsums,
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
  ...casts,
  ...fills,
];

const byKernel = new Map(lowerings.map((lowering) => [lowering.kernel, lowering]));

/** The lowering of a kernel, by tfjs's name; undefined if it has none. */
export const loweringOf = (kernel: string): Lowering | undefined => byKernel.get(kernel);
