import { subgraph, shapeAfter, type Value } from "./layers-graph.js";

/** An image size so large that padding has no effect, and that the usual strides divide. */
const LARGE = 2 ** 20 * 3 ** 3 * 5 * 7;

/**
 * Pixels of the image per cell of a map, computed from the output shapes of the layers for two large images.
 *
 * @param name - the name of the map, for error messages
 * @throws RangeError that asks for the stride if it cannot be computed
 */
export function strideOf(who: string, name: string, images: Value, map: Value): number {
  const part = subgraph(map, images);
  const error = (why: string) => new RangeError(`${who}: give the \`stride\` of \`${name}\`: ${why}.`);
  const cells = (size: number): readonly (number | null)[] => {
    try {
      return shapeAfter(part, images, [null, size, size, images.shape[3]!]);
    } catch (cause) {
      throw Object.assign(error(`its layers take images of one size only (${(cause as Error).message})`), { cause });
    }
  };
  const [once, twice] = [cells(LARGE), cells(2 * LARGE)];
  const [height, width] = [1, 2].map((axis) => LARGE / (twice[axis]! - once[axis]!)) as [number, number];
  if (!Number.isFinite(height + width)) throw error("the size of its map does not grow with that of the images");
  const stride = Math.round(height);
  if (stride < 1 || [height, width].some((pixels) => Math.abs(pixels - stride) > 1e-3))
    throw error(
      `a cell of its map stands for ${show(height)} × ${show(width)} pixels, not for a square with a whole number of pixels`,
    );
  return stride;
}

const show = (size: number): number => Number(size.toPrecision(3));
