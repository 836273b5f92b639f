/** A closed line: [x, y], … The last point may repeat the first. */
export type Ring = readonly (readonly [x: number, y: number])[];

/**
 * The pixels of a `width` × `height` image whose centres lie inside of an odd number of the rings, as 1; the others as
 * 0. Pixel (column, row) has its centre at (column + ½, row + ½).
 */
export function fillRings(rings: readonly Ring[], width: number, height: number): Uint8Array {
  const crossings = Array.from({ length: height }, (): number[] => []);
  for (const ring of rings) ring.forEach((point, i) => cross(crossings, point, ring[(i + 1) % ring.length]!));
  const out = new Uint8Array(width * height);
  crossings.forEach((columns, row) => {
    columns.sort((a, b) => a - b);
    for (let i = 0; i + 1 < columns.length; i += 2) {
      const [from, to] = [Math.max(0, firstAfter(columns[i]!)), Math.min(width, firstAfter(columns[i + 1]!))];
      if (from < to) out.fill(1, row * width + from, row * width + to);
    }
  });
  return out;
}

/** The first pixel whose centre is at `x` or later. */
const firstAfter = (x: number): number => Math.ceil(x - 0.5);

/** Adds where a line crosses the centres of the rows; a line that ends at a centre counts for one of its two sides. */
function cross(crossings: number[][], [x0, y0]: Ring[number], [x1, y1]: Ring[number]): void {
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  const last = Math.min(crossings.length, firstAfter(bottom));
  for (let row = Math.max(0, firstAfter(top)); row < last; row++)
    crossings[row]!.push(x0 + ((row + 0.5 - y0) * (x1 - x0)) / (y1 - y0));
}
