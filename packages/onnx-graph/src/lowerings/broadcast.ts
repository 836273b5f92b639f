/** Shapes that broadcast together: `shapes` of one rank, as low as it goes, and `out`, what tfjs makes of them. */
export interface Broadcast {
  readonly shapes: readonly (readonly number[])[];
  readonly out: readonly number[];
}

/**
 * Neighbouring axes are merged where every tensor has both or repeats along both: `[8, 16, 16, 64] + [64]` is
 * `[2048, 64] + [1, 64]`, and equal shapes are rows. A low rank is quicker, and few ranks are few compiled models.
 */
export function broadcast(given: readonly (readonly number[])[]): Broadcast {
  const rank = Math.max(...given.map((shape) => shape.length));
  const padded = given.map((shape) => [...new Array<number>(rank - shape.length).fill(1), ...shape]);
  const out = Array.from({ length: rank }, (_, i) => padded.map((shape) => shape[i]!).find((side) => side !== 1) ?? 1);
  const shapes = padded.map((): number[] => []);
  let before = "";
  out.forEach((side, i) => {
    if (side === 1) return;
    const pattern = padded.map((shape) => (shape[i] === 1 ? "1" : "n")).join("");
    shapes.forEach((shape, j) => {
      if (pattern === before) shape.push(shape.pop()! * padded[j]![i]!);
      else shape.push(padded[j]![i]!);
    });
    before = pattern;
  });
  return { shapes: shapes.map((shape) => (shape.length === 0 ? [1] : shape)), out };
}
