import { batchNorm } from "./batch-norm.js";
import { binary } from "./binary.js";
import { conv } from "./conv.js";
import { convGradients } from "./conv-gradients.js";
import { depthwiseConvs } from "./depthwise.js";
import type { Lowering } from "./lowering.js";
import { matMuls } from "./mat-mul.js";
import { pools } from "./pool.js";
import { reductions } from "./reduce.js";
import { select } from "./select.js";
import { unary } from "./unary.js";

/** Every kernel that runs in ONNX Runtime. */
export const lowerings: readonly Lowering[] = [
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
];
