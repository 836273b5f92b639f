import type { Crop } from "./decode-image.js";
import type { Box } from "../image.js";
import type { ListedImagesOptions } from "./listed-images.js";

/** Options that the loaders of all published sets have. */
export interface FineGrainedOptions extends Omit<ListedImagesOptions, "crop"> {
  /** Crops images to the object's box. This is extra supervision: report it with a result. Default false. */
  readonly cropToBox?: boolean;
}

/** An image whose object has a box. */
export interface Boxed {
  /** The box of the object in the image file, before any crop or resize. */
  readonly box?: Box;
}

/**
 * What people have said about an image's attributes, in the order of the set's `attributeNames`. Never write into it.
 */
export interface AttributeLabels {
  /** 1 where the attribute was seen, [attributes]. */
  readonly present: Uint8Array;
  /** Certainty of each answer: 1 not visible, 2 guessing, 3 probably, 4 definitely, 0 no answer, [attributes]. */
  readonly certainty: Uint8Array;
}

/** An image with attributes. */
export interface Attributed {
  /** Reads the list of all images at the first call. @throws Error that names file and line */
  attributes(): Promise<AttributeLabels>;
}

/** A box from its corners, both inside it and counted from 1, as MATLAB counts. */
export const boxOfCorners = ([x1, y1, x2, y2]: readonly [number, number, number, number]): Box => ({
  left: x1 - 1,
  top: y1 - 1,
  width: x2 - x1 + 1,
  height: y2 - y1 + 1,
});

/** The part of the box that lies in the upper `height − banner` rows of an image; of all of it without a box. */
export const cropOf =
  (box: Box | undefined, banner = 0): Crop =>
  ({ width, height }) => {
    const { left, top, ...size } = box ?? { left: 0, top: 0, width, height };
    return { left, top, width: size.width, height: Math.min(size.height, height - banner - top) };
  };
