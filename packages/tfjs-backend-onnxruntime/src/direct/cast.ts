import * as tf from "@tensorflow/tfjs-core";
import { typeOf, type Data } from "../graph/types.js";
import type { Direct } from "./direct.js";

/**
 * Typed arrays convert as tfjs demands (what is no number becomes 0), which C does not. Results lie in an array of their own
 * kind: native kernels read no other. To bool there is a lowering, since JavaScript has no array of such.
 */
export const cast: Direct = {
  kernel: tf.Cast,
  run({ x }, attrs, backend) {
    const { dtype } = attrs as { dtype: tf.DataType };
    const { dataId, shape } = x!;
    if (x!.dtype === dtype) {
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    }
    const to = typeOf(dtype);
    if (!typeOf(x!.dtype) || !to || to === "bool") return undefined;
    const { info, data } = backend.uninitialized(shape, to);
    (data as Float32Array).set(backend.numbers(dataId) as Exclude<Data, BigInt64Array>);
    return info;
  },
};
