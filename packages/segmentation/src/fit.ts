/**
 * How cells of a map lie on the pixels of an image. `corners`: the first and the last cell lie on the first and the
 * last pixel, so that sides of the image are multiples of the stride plus 1. `centers`: each cell lies in the middle of
 * stride × stride pixels, and sides are multiples of the stride.
 */
export type Alignment = "corners" | "centers";

/** The least side of an image that fits the stride and is not below `side`. */
export const fittingSide = (side: number, stride: number, align: Alignment): number =>
  align === "corners" ? Math.ceil((side - 1) / stride) * stride + 1 : Math.ceil(side / stride) * stride;

/** Refuses images that must be padded. @throws RangeError that names the padding */
export function requireFit(
  shape: readonly number[],
  [height, width]: readonly [number, number],
  stride: number,
  align: Alignment,
): void {
  const [rows, columns] = [height - shape[1]!, width - shape[2]!];
  if (rows === 0 && columns === 0) return;
  const sides = align === "corners" ? `multiples of ${stride}, plus 1` : `multiples of ${stride}`;
  throw new RangeError(
    `segmenter: expected \`images\` whose sides are ${sides}, so that cells of the map lie on them as \`align: "${align}"\` says, ` +
      `got [${shape.join(", ")}]. Pad them by ${rows} rows and ${columns} columns, to ${height} × ${width}, or use \`padding: "zeros"\`.`,
  );
}
