import type { CpuKernel } from "./cpu-kernel.js";
import { cumsum } from "./cumulative.js";
import { empty } from "./empty.js";
import { fill } from "./fill.js";
import { functions } from "./functions.js";
import { order } from "./order.js";
import { products } from "./products.js";
import { resizeGradients } from "./resize-gradients.js";
import { segmentSum } from "./segment-sum.js";
import { windows } from "./windows.js";

/** Every kernel of tfjs-backend-cpu 4.22 that is known to be wrong, and one in its place. */
export const cpuKernels: readonly CpuKernel[] = [
  ...functions,
  ...order,
  ...products,
  ...windows,
  ...resizeGradients,
  segmentSum,
  cumsum,
  ...empty,
  fill,
];
