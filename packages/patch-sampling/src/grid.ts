import type { Region } from "@fovea/nn";

/** The cells of an attention map, laid over a region of an image. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly over: Region;
}

/**
 * Where the cells of an attention map lie. `centre`: each in the middle of its part of the image. `corner`: the first
 * and the last at the first and the last pixel, as in the Zoom-In paper.
 */
export type Placement = "centre" | "corner";

/** A rectangle of `size` around the point where cell `index` is, in whole pixels. */
export function regionAround(
  { rows, columns, over }: Grid,
  index: number,
  [height, width]: readonly [height: number, width: number],
  placement: Placement = "centre",
): Region {
  const [row, column] = [Math.floor(index / columns), index % columns];
  const y = over.top + pointAt(row, rows, over.height, placement);
  const x = over.left + pointAt(column, columns, over.width, placement);
  return { left: Math.round(x - width / 2), top: Math.round(y - height / 2), width, height };
}

/** The position of cell `index` of `cells` along `side` pixels. */
export function pointAt(index: number, cells: number, side: number, placement: Placement): number {
  if (placement === "centre") return ((index + 0.5) * side) / cells;
  return cells === 1 ? 0 : Math.floor((index * (side - 1)) / (cells - 1));
}

/** Tiles of one size that cover an image side by side, row by row; the last ones may reach beyond it. */
export function tilesOf(
  { width, height }: { readonly width: number; readonly height: number },
  [tileHeight, tileWidth]: readonly [height: number, width: number],
): Region[] {
  const [rows, columns] = [Math.ceil(height / tileHeight), Math.ceil(width / tileWidth)];
  return Array.from({ length: rows * columns }, (_, index) => ({
    left: (index % columns) * tileWidth,
    top: Math.floor(index / columns) * tileHeight,
    width: tileWidth,
    height: tileHeight,
  }));
}
