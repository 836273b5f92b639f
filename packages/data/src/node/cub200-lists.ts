import { join } from "node:path";
import type { Box } from "../image.js";
import { distinctNames, firstThere, numbers, readTable, someText, type Entry, type Table } from "./lists.js";

/** The archive's lists, by the numbers that they give to images and classes. */
export interface CubLists {
  readonly base: string;
  readonly images: Table<string>;
  readonly labels: Table<string>;
  readonly splits: Table<"train" | "test">;
  readonly classes: Table<string>;
  readonly classNames: readonly string[];
  /** Undefined where there is no bounding_boxes.txt. */
  readonly boxes: Table<Box> | undefined;
}

/** An image as the lists of CUB-200-2011 describe it. */
export interface CubImage {
  /** The number of the image in images.txt. */
  readonly number: string;
  /** Inside the folder `images`. */
  readonly path: string;
  readonly className: string;
  readonly box: Box | undefined;
}

/** `001.Black_footed_Albatross` → `Black footed Albatross` */
const cleaned = (name: string): string | undefined => someText(name.replace(/^\d+\./, "").replaceAll("_", " "));

const splitOf = (flag: string) => (flag === "1" ? "train" : flag === "0" ? "test" : undefined);

function boxOf(text: string): Box | undefined {
  const [left = 0, top = 0, width = 0, height = 0] = numbers(text, 4) ?? [];
  return width > 0 && height > 0 ? { left, top, width, height } : undefined;
}

/**
 * @throws Error for a list that is missing (of the boxes, only if they are needed), a line that cannot be read, or a
 *   name twice
 */
export async function readCubLists(base: string, boxesNeeded: boolean): Promise<CubLists> {
  const list = <T>(name: string, form: string, parse: (value: string) => T | undefined) =>
    readTable("cub200", join(base, name), form, parse);
  const [images, labels, splits, classes] = await Promise.all([
    list("images.txt", "<image number> <path>", someText),
    list("image_class_labels.txt", "<image number> <class number>", (n) => (/^\d+$/.test(n) ? n : undefined)),
    list("train_test_split.txt", "<image number> <1 for training, 0 for test>", splitOf),
    list("classes.txt", "<class number> <name>", cleaned),
  ]);
  distinctNames("cub200", images.values()); // an image under two numbers might be in both splits
  const hasBoxes = boxesNeeded || (await firstThere([join(base, "bounding_boxes.txt")])) !== undefined;
  const boxes = hasBoxes
    ? await list("bounding_boxes.txt", "<image number> <x> <y> <width> <height>", boxOf)
    : undefined;
  return { base, images, labels, splits, classes, classNames: distinctNames("cub200", classes.values()), boxes };
}

/**
 * The images of a split in the order of images.txt. @throws Error for one without split, class or box, or of no class
 */
export function cubImages(lists: CubLists, split: "train" | "test"): CubImage[] {
  const { base, images, labels, splits, classes, boxes } = lists;
  const of = <T>(table: Table<T>, list: string, number: string): Entry<T> => {
    const found = table.get(number);
    if (!found) throw new Error(`cub200: ${images.get(number)!.at}: image ${number} is not in ${join(base, list)}.`);
    return found;
  };
  return [...images].flatMap(([number, { value: path }]) => {
    const label = of(labels, "image_class_labels.txt", number);
    const className = classes.get(label.value)?.value;
    if (className === undefined)
      throw new Error(`cub200: ${label.at}: class ${label.value} is not in ${join(base, "classes.txt")}.`);
    const box = boxes && of(boxes, "bounding_boxes.txt", number).value;
    return of(splits, "train_test_split.txt", number).value === split ? [{ number, path, className, box }] : [];
  });
}
