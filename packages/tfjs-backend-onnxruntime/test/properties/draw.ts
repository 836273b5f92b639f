import fc from "fast-check";
import type { Numbers } from "../loops/numbers.js";

/** Shapes of a rank, sides small and different. */
export const shapes = (minRank: number, maxRank: number, maxSide = 5): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: maxSide }), { minLength: minRank, maxLength: maxRank });

/** Ordinary floats: exact in few bits, so that sums do not depend on their order. */
export const floats: fc.Arbitrary<number> = fc.integer({ min: -64, max: 64 }).map((n) => n / 16);

/** Floats with NaN, infinities and zeros of both signs among them. */
export const wildFloats: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: floats },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 1e30, -1e-30) },
);

export const smallInts: fc.Arbitrary<number> = fc.integer({ min: -20, max: 20 });

/** Whole numbers, at times such as float32 does not hold, and the ends of int32, where arithmetic wraps. */
export const ints: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: smallInts },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 24 + 1, -(2 ** 24) - 1, 2 ** 31 - 1, -(2 ** 31), 65_537) },
  { weight: 1, arbitrary: fc.integer() }, // any int32
);

export const bools: fc.Arbitrary<number> = fc.constantFrom(0, 1);

/** Numbers of any kind that the type has. */
export const wild = { float32: wildFloats, int32: ints, bool: bools } as const;

export const dtypes: fc.Arbitrary<Numbers["dtype"]> = fc.constantFrom("float32", "int32", "bool");

const ordinary = { float32: floats, int32: ints, bool: bools } as const;

/** Numbers of a shape. */
export const numbers = (
  shape: readonly number[],
  dtype: Numbers["dtype"] = "float32",
  value: fc.Arbitrary<number> = ordinary[dtype],
): fc.Arbitrary<Numbers> => {
  const length = shape.reduce((product, side) => product * side, 1);
  return fc.array(value, { minLength: length, maxLength: length }).map((values) => ({ shape, dtype, values }));
};

/** Shapes of few elements, and rows that are longer than what a processor computes at once. */
export const rowsAndShapes: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 3, arbitrary: shapes(0, 4, 4) },
  { weight: 1, arbitrary: fc.constantFrom<number[]>([67], [0], [3, 37]) },
);

/**
 * Two shapes that broadcast: some sides of a common shape are 1 in the one or the other, and leading ones may be left
 * out.
 */
export const broadcastShapes = (
  common: fc.Arbitrary<number[]> = rowsAndShapes,
): fc.Arbitrary<readonly [number[], number[]]> =>
  common.chain((shape) => {
    const sides = () => fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length });
    return fc.tuple(sides(), sides(), fc.boolean()).map(([a, b, short]) => {
      const of = (ones: readonly boolean[]) => shape.map((side, i) => (ones[i] ? 1 : side));
      const second = of(b);
      while (short && second[0] === 1) second.shift();
      return [of(a), second] as const;
    });
  });
