import { finishedAt, type WindowGrid } from "./window-grid.js";

/** Weighted sums of overlapping windows. */
export interface OverlapSums {
  /**
   * Adds what window (`row`, `column`) says; windows come row by row, from left to right.
   *
   * @param values - [window height, window width, classes]
   * @returns the sums of the pixels that are finished with it, [height, width, classes], overwritten by the next call
   */
  add(row: number, column: number, values: Float32Array): Float32Array;
}

/**
 * Sums the windows of a grid, each with its shares. `active` holds the sums of the pixels of one window; what is on its
 * left is finished for this row of windows and is either given out or, where the next row reaches it, put into `carry`,
 * from where the next row takes it. So the memory is that of a window and of the overlap of two rows.
 */
export function overlapSums(rows: WindowGrid, columns: WindowGrid, classes: number): OverlapSums {
  const [height, width] = [rows.window, columns.window];
  const line = columns.size * classes;
  const active = new Float32Array(height * width * classes);
  const overlap = Math.max(0, ...rows.starts.map((start, i) => start + height - finishedAt(rows, i)));
  const carry = new Float32Array(rows.starts.length > 1 ? overlap * line : 0);
  const finished = new Float32Array(active.length);
  const at = (y: number, x: number) => (y * width + x) * classes;

  /** Fills the columns that the window before did not have with what the row before left of them. */
  function enter(row: number, column: number): void {
    const start = columns.starts[column]!;
    const known = column === 0 ? 0 : columns.starts[column - 1]! + width - start;
    const end = Math.min(width, columns.size - start);
    const carried = row === 0 ? 0 : rows.starts[row - 1]! + height - rows.starts[row]!;
    for (let y = 0; y < height; y++) {
      active.fill(0, at(y, known), at(y, width));
      if (y < carried)
        active.set(
          carry.subarray(y * line + (start + known) * classes, y * line + (start + end) * classes),
          at(y, known),
        );
    }
  }

  function addShares(row: number, column: number, values: Float32Array): void {
    const [down, right] = [rows.shares(row), columns.shares(column)];
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const share = down[y]! * right[x]!;
        for (let c = 0; c < classes; c++, i++) active[i]! += share * values[i]!;
      }
  }

  /** Gives out or carries over the columns that end here, and moves the others to the left. */
  function leave(row: number, column: number): Float32Array {
    const [top, left] = [rows.starts[row]!, columns.starts[column]!];
    const [done, count] = [finishedAt(rows, row) - top, finishedAt(columns, column) - left];
    const isLast = row === rows.starts.length - 1;
    for (let y = 0; y < height; y++) {
      const part = active.subarray(at(y, 0), at(y, count));
      if (y < done) finished.set(part, y * count * classes);
      else if (!isLast) carry.set(part, (y - done) * line + left * classes);
      active.copyWithin(at(y, 0), at(y, count), at(y, width));
    }
    return finished.subarray(0, done * count * classes);
  }

  return {
    add(row, column, values) {
      enter(row, column);
      addShares(row, column, values);
      return leave(row, column);
    },
  };
}
