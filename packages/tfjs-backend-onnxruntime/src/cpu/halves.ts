import * as tf from "@tensorflow/tfjs-core";
import type { CpuKernel, Inputs, Numbers } from "./cpu-kernel.js";
import { isInt32, lost, int32Values } from "./integers.js";

/** x = 2¹⁶ high + low, halves that a float32 holds, and whose products a double holds. */
const high = (x: Numbers): Numbers => ({ ...x, values: int32Values(x).map((n) => n >> 16) });
const low = (x: Numbers): Numbers => ({ ...x, values: int32Values(x).map((n) => n & 0xffff) });

function together(highs: Numbers, lows: Numbers): Numbers {
  const values = int32Values(lows).map((n, i) => Math.imul(highs.values[i]!, 2 ** 16) + n);
  return { shape: lows.shape, dtype: "int32", values };
}

/** A kernel that only moves numbers, through floats. */
const moving = (name: string, input: string): CpuKernel => ({
  name,
  wrong: lost("numbers moved in float32"),
  run({ [input]: x }, attrs, stock) {
    return isInt32(x!) ? together(stock({ [input]: high(x!) }, attrs), stock({ [input]: low(x!) }, attrs)) : undefined;
  },
});

export const movements: readonly CpuKernel[] = [
  moving(tf.ResizeNearestNeighbor, "images"),
  moving(tf.DepthToSpace, "x"),
];

/**
 * A sum of products of two int32 operands, by their halves: a b = 2³² … + 2¹⁶ (high a low b + low a high b) + low a low
 * b.
 *
 * @param kernel - computes it in doubles
 */
export function ofHalves(kernel: CpuKernel): CpuKernel {
  return {
    name: kernel.name,
    wrong: `${kernel.wrong}; ${lost("products in doubles")}`,
    run(inputs, attrs, stock) {
      const sums = (given: Inputs): Numbers =>
        (kernel.run(given, attrs, stock) as Numbers | undefined) ?? stock(given, attrs);
      const operands = Object.entries(inputs);
      if (operands.length !== 2 || !operands.every(([, x]) => isInt32(x)) || isExact(operands[0]![1], operands[1]![1]))
        return kernel.run(inputs, attrs, stock);
      const [[a, x], [b, y]] = operands as [[string, Numbers], [string, Numbers]];
      const lows = sums({ [a]: low(x), [b]: low(y) });
      const mixed = [sums({ [a]: high(x), [b]: low(y) }), sums({ [a]: low(x), [b]: high(y) })] as const;
      const highs = int32Values(mixed[0]).map((n, i) => n + mixed[1].values[i]!);
      return together({ ...lows, values: highs }, lows);
    },
  };
}

/** Whether a double holds every sum. */
function isExact(a: Numbers, b: Numbers): boolean {
  const greatest = (x: Numbers): number => int32Values(x).reduce((most, n) => Math.max(most, Math.abs(n)), 0);
  return greatest(a) * greatest(b) * a.values.length <= Number.MAX_SAFE_INTEGER;
}
