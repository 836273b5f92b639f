import * as tf from "@tensorflow/tfjs-core";
import { bools } from "./bools.js";
import { cast } from "./cast.js";
import { counts } from "./counts.js";
import type { CpuKernel } from "./cpu-kernel.js";
import { cumulative } from "./cumulative.js";
import { dilation } from "./dilation.js";
import { empty } from "./empty.js";
import { fill } from "./fill.js";
import { functions } from "./functions.js";
import { movements, ofHalves } from "./halves.js";
import { integers } from "./integers.js";
import { order } from "./order.js";
import { products } from "./products.js";
import { resizeGradients } from "./resize-gradients.js";
import { ofRoundedSizes } from "./rounded-sizes.js";
import { segmentSum } from "./segment-sum.js";
import { sequences } from "./sequences.js";
import { transform } from "./transform.js";
import { windows } from "./windows.js";

const corrections: readonly CpuKernel[] = [
  ...functions,
  ...integers,
  ...bools,
  cast,
  ...order,
  ...products.map(ofHalves),
  ...movements,
  ...windows.map((kernel) => (kernel.name === tf.AvgPoolGrad ? ofRoundedSizes(kernel) : kernel)),
  ...dilation,
  ...resizeGradients,
  transform,
  segmentSum,
  ...counts,
  ...sequences,
  ...cumulative,
  ...empty,
  fill,
];

/** Several corrections of one kernel, each for other inputs. */
function joined(name: string): CpuKernel {
  const own = corrections.filter((kernel) => kernel.name === name);
  if (own.length === 1) return own[0]!;
  return {
    name,
    wrong: own.map(({ wrong }) => wrong).join("; "),
    when: (...call) => own.some(({ when }) => !when || when(...call)),
    run(inputs, attrs, stock) {
      for (const { run, when } of own) {
        const result = !when || when(inputs, attrs) ? run(inputs, attrs, stock) : undefined;
        if (result) return result;
      }
      return undefined;
    },
  };
}

/** Every kernel of tfjs-backend-cpu 4.22 that is known to be wrong, and one in its place. */
export const cpuKernels: readonly CpuKernel[] = [...new Set(corrections.map(({ name }) => name))].map(joined);
