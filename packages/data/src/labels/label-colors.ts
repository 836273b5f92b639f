import type { Pixels } from "@fovea/nn";
import type { Color } from "../image.js";
import { requireIgnore, type LabelMap } from "./label-map.js";

/**
 * The colours of PASCAL VOC for the ids 0 … 255: bit 3k + c of the id is bit 7 − k of channel c. So 0 is black, 1 is
 * (128, 0, 0), 2 is (0, 128, 0), and 255, ignored pixels, is (224, 224, 192). No two ids have the same colour.
 *
 * Ref: VOC development kit, VOClabelcolormap.
 */
export const vocColors: readonly Color[] = Array.from({ length: 256 }, (_, id) => [
  channel(id, 0),
  channel(id, 1),
  channel(id, 2),
]);

function channel(id: number, c: number): number {
  let value = 0;
  for (let k = 0; k < 8; k++) value |= ((id >> (3 * k + c)) & 1) << (7 - k);
  return value;
}

/** The colours of a label map as an image: id k in `colors[k]`, ids beyond the list in black. */
export function colorsOfLabels({ width, height, data }: LabelMap, colors: readonly Color[] = vocColors): Pixels {
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) out.set(colors[data[i]!] ?? BLACK, 3 * i);
  return { width, height, channels: 3, data: out };
}

const BLACK: Color = [0, 0, 0];

/**
 * The label map of an RGB mask, in which each class has a colour: id k where a pixel has `colors[k]`. Convert such
 * masks once, and keep the label maps.
 *
 * @param ignored - colours of pixels that have no class. Default: none
 * @param ignore - the id that they get. Default 255
 * @throws RangeError for a colour in neither list, with its place; a mask that was saved as JPEG has such colours; or
 *   for an `ignore` that 16 bits do not hold
 */
export function labelsOfColors(
  { width, height, data }: Pixels,
  colors: readonly Color[],
  { ignored = [], ignore = 255 }: { readonly ignored?: readonly Color[]; readonly ignore?: number } = {},
): LabelMap {
  requireIgnore("labelsOfColors", ignore, 16);
  const ids = new Map([
    ...ignored.map((color) => [packed(color, 0), ignore] as const),
    ...colors.map((color, id) => [packed(color, 0), id] as const),
  ]);
  const out =
    Math.max(colors.length - 1, ignore) < 2 ** 8 ? new Uint8Array(width * height) : new Uint16Array(width * height);
  for (let i = 0; i < out.length; i++) {
    const id = ids.get(packed(data, 3 * i));
    if (id === undefined)
      throw new RangeError(
        `labelsOfColors: expected only the colours of \`colors\` and \`ignored\`, got ` +
          `(${data.subarray(3 * i, 3 * i + 3).join(", ")}) at column ${i % width}, row ${Math.floor(i / width)}.`,
      );
    out[i] = id;
  }
  return { width, height, data: out };
}

const packed = (rgb: ArrayLike<number>, at: number): number => (rgb[at]! << 16) | (rgb[at + 1]! << 8) | rgb[at + 2]!;
