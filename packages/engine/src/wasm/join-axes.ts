/** A transpose of fewer axes that moves the numbers in the same way. */
export interface Joined {
  readonly shape: number[];
  readonly order: number[];
}

/**
 * Leaves out axes of size 1 and joins axes that follow each other before and after: [2, 3, 5, 7] by 2 3 0 1 is [6, 35]
 * by 1 0.
 */
export function joinAxes(shape: readonly number[], order: readonly number[]): Joined {
  const kept = shape.flatMap((side, axis) => (side === 1 ? [] : [axis]));
  const runs: number[][] = []; // of places in `kept`, in the wanted order
  for (const place of order.map((axis) => kept.indexOf(axis)).filter((at) => at >= 0)) {
    const run = runs.at(-1);
    if (run && run.at(-1) === place - 1) run.push(place);
    else runs.push([place]);
  }
  const before = [...runs].sort((a, b) => a[0]! - b[0]!);
  return {
    shape: before.map((run) => run.reduce((size, place) => size * shape[kept[place]!]!, 1)),
    order: runs.map((run) => before.indexOf(run)),
  };
}
