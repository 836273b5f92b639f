/** A tensor as plain numbers, row by row. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
  readonly values: readonly number[];
}

/** One index for each axis. */
export type Place = readonly number[];

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** All places of a shape, row by row. */
export function placesOf(shape: readonly number[]): Place[] {
  let places: Place[] = [[]];
  for (const side of shape) {
    const longer: Place[] = [];
    for (const place of places) for (let i = 0; i < side; i++) longer.push([...place, i]);
    places = longer;
  }
  return places;
}

/** The place's index among all of the shape. */
export const flatIndex = (shape: readonly number[], place: Place): number =>
  shape.reduce((index, side, axis) => index * side + place[axis]!, 0);

export const at = ({ shape, values }: Numbers, place: Place): number => values[flatIndex(shape, place)]!;

export const isInside = (shape: readonly number[], place: Place): boolean =>
  place.every((index, axis) => index >= 0 && index < shape[axis]!);

/** The tensor whose number at each place is `of(place)`, stored as its type stores it. */
export function tensorOf(shape: readonly number[], dtype: Numbers["dtype"], of: (place: Place) => number): Numbers {
  const store = { float32: Math.fround, int32: (x: number) => x | 0, bool: (x: number) => Number(x !== 0) }[dtype];
  return { shape, dtype, values: placesOf(shape).map((place) => store(of(place))) };
}

/** The place in a tensor of `shape` that broadcasting reads for a place of the result. */
export const broadcastPlace = (shape: readonly number[], place: Place): Place =>
  shape.map((side, axis) => (side === 1 ? 0 : place[place.length - shape.length + axis]!));

/** The shape that all of them broadcast to. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sides = shapes.map((shape) => shape[shape.length - rank + i] ?? 1);
    return sides.find((side) => side !== 1) ?? 1;
  });
}

/** a · b; of int32 the low 32 bits, where more would be rounded in a double. */
export const times = (dtype: Numbers["dtype"]): ((a: number, b: number) => number) =>
  dtype === "int32" ? Math.imul : (a, b) => a * b;

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** One term of a linear map: number `from` of the input, times `weight`, is added to number `to` of the output. */
export type Term = readonly [from: number, to: number, weight: number];

/** y_to = Σ weight · x_from, in double precision. */
export function applied(terms: readonly Term[], x: Numbers, shape: readonly number[]): Numbers {
  const y = new Float64Array(sizeOf(shape));
  for (const [from, to, weight] of terms) y[to]! += weight * x.values[from]!;
  return { shape, dtype: "float32", values: Array.from(y, Math.fround) };
}

/** The map's transpose, which is its gradient: dx_from = Σ weight · dy_to. */
export const transposed = (terms: readonly Term[]): Term[] => terms.map(([from, to, weight]) => [to, from, weight]);
