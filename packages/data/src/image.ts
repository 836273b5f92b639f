import { requireCounts, type Pixels } from "@fovea/nn";

/** One image of a set, not read yet. */
export interface ImageItem {
  /** Name that is the same on every machine and in every run, such as the path inside the folder with `/`. */
  readonly id: string;
  /** Index into the set's `classes`. */
  readonly label: number;
  /** Name of what some images of a class have in common: the photographer, the vendor, the very object. */
  readonly group?: string;
  /**
   * A text that differs if the pixels may differ, found without decoding: of a file its size, its time of last change
   * and how it is decoded. An item with another `load` needs another. Default: none, whoever must know looks at the
   * pixels.
   */
  fingerprint?(): Promise<string>;
  /** Reads and decodes. May be called again: the same pixels. @throws Error that names the image */
  load(): Promise<Pixels>;
}

/** A part of an image, in pixels from its upper left corner; fractions are allowed. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** An image that was left out, and why. */
export interface SkippedImage {
  readonly id: string;
  readonly reason: string;
}

/** Labelled images in a fixed order. Items of some sets carry more than a label: a box, attributes, captions. */
export interface ImageSet<Item extends ImageItem = ImageItem> {
  readonly name: string;
  /** Class names; an item's `label` is a position in this list. */
  readonly classes: readonly string[];
  readonly items: readonly Item[];
  readonly skipped: readonly SkippedImage[];
}

/** The labels of a set, in the order of its items: what samplers take. */
export const labelsOf = (set: Pick<ImageSet, "items">): Int32Array => Int32Array.from(set.items, (item) => item.label);

/** The groups of a set, in the order of its items; an image without one is a group of its own. */
export const groupsOf = (set: Pick<ImageSet, "items">): string[] => set.items.map((item) => item.group ?? item.id);

/** An RGB color, 0 … 255 each. */
export type Color = readonly [red: number, green: number, blue: number];

export const WHITE: Color = [255, 255, 255];

/** @throws RangeError unless `color` is undefined or three numbers of 0 … 255 */
export function requireColor(who: string, name: string, color: unknown): void {
  const isByte = (value: unknown) => typeof value === "number" && value >= 0 && value <= 255;
  if (color !== undefined && !(Array.isArray(color) && color.length === 3 && color.every(isByte)))
    throw new RangeError(`${who}: expected \`${name}\` to be three numbers of 0 … 255, got ${JSON.stringify(color)}.`);
}

/** @throws RangeError unless `profile` is undefined or one of the two */
export function requireProfile(who: string, profile: unknown): void {
  if (profile !== undefined && profile !== "ignore" && profile !== "convert")
    throw new RangeError(`${who}: expected \`profile\` to be "ignore" or "convert", got ${JSON.stringify(profile)}.`);
}

/** An image of one color. */
export function plainPixels({ width, height }: Pick<Pixels, "width" | "height">, color: Color): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) data[i] = color[i % 3]!;
  return { width, height, channels: 3, data };
}

/** A side of a square, or both sides. */
export type Size = number | readonly [height: number, width: number];

/** @throws RangeError unless both sides are integers of at least 1 */
export function sidesOf(who: string, size: Size, name = "size"): readonly [height: number, width: number] {
  const sides = typeof size === "number" ? ([size, size] as const) : size;
  requireCounts(
    who,
    typeof size === "number" ? { [name]: size } : { [`${name}[0]`]: size[0], [`${name}[1]`]: size[1] },
  );
  return sides;
}
