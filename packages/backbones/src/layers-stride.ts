import { segment, shapeAfter, type Value } from "./layers-graph.js";

/** A side so long that padding does not show, and that the usual strides divide. */
const FAR = 2 ** 20 * 3 ** 3 * 5 * 7;

/**
 * Input pixels per cell, from the shapes that the layers say they make of two large images.
 *
 * @param name - of the map, for errors
 * @throws RangeError that asks for the stride where the shapes do not say it
 */
export function strideOf(who: string, name: string, images: Value, map: Value): number {
  const part = segment(map, images);
  const ask = (why: string) => new RangeError(`${who}: give the \`stride\` of \`${name}\`: ${why}.`);
  const cells = (side: number): readonly (number | null)[] => {
    try {
      return shapeAfter(part, images, [null, side, side, images.shape[3]!]);
    } catch (cause) {
      throw Object.assign(ask(`its layers take images of one size only (${(cause as Error).message})`), { cause });
    }
  };
  const [near, far] = [cells(FAR), cells(2 * FAR)];
  const [height, width] = [1, 2].map((axis) => FAR / (far[axis]! - near[axis]!)) as [number, number];
  if (!Number.isFinite(height + width)) throw ask("the size of its map does not grow with that of the images");
  const stride = Math.round(height);
  if (stride < 1 || [height, width].some((side) => Math.abs(side - stride) > 1e-3))
    throw ask(`a cell of its map stands for ${show(height)} × ${show(width)} pixels, not for a square of whole ones`);
  return stride;
}

const show = (side: number): number => Number(side.toPrecision(3));
