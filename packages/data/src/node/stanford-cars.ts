import { join } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { boxOfCorners, cropOf, type Boxed, type FineGrainedOptions } from "./fine-grained.js";
import type { ImageItem, ImageSet } from "../image.js";
import { listedImages } from "./listed-images.js";
import { csvFields, distinctNames, firstThere, numbers, readList, type Line } from "./lists.js";

/** Which split of Stanford Cars is read, and how. */
export interface StanfordCarsOptions extends FineGrainedOptions {
  /** The published split: 8,144 training images, or 8,041 test images. */
  readonly split: "train" | "test";
}

/**
 * Stanford Cars: 196 makes, models and years, with a box an image, from the lists in CSV without header that copies of
 * the set have: names.csv, a class a line, and anno_train.csv and anno_test.csv, `00001.jpg,x1,y1,x2,y2,class` with
 * classes from
 * 1. The images lie in car_data/car_data/SPLIT/CLASS, car_data/SPLIT/CLASS or SPLIT/CLASS, where a `/` of a class is
 * a `-`, or without class folders in cars_SPLIT or cars_SPLIT/cars_SPLIT. Labels follow names.csv, as the devkit's
 * numbers do.
 *
 * Ref: Krause et al. 2013, "3D Object Representations for Fine-Grained Categorization", 3dRR.
 * @throws Error with file and line for lists that cannot be read or name no class, and as `imageFolder` for images
 */
export async function stanfordCars(root: string, options: StanfordCarsOptions): Promise<ImageSet<ImageItem & Boxed>> {
  const { split, cropToBox = false } = options;
  requireOneOf("stanfordCars", { split }, ["train", "test"]);
  const namesPath = join(root, "names.csv");
  const names = (await readList("stanfordCars", namesPath)).map(({ text, at }) => ({
    value: csvFields(text).join(","),
    at,
  }));
  const classes = distinctNames("stanfordCars", names);
  const rows = (await readList("stanfordCars", join(root, `anno_${split}.csv`))).map(readRow);
  distinctNames(
    "stanfordCars",
    rows.map(({ file, at }) => ({ value: file, at })),
  );
  const folder = await imageFolder(root, split);
  const files = rows.map(({ file, number, corners, at }) => {
    const className = classes[number - 1];
    if (className === undefined)
      throw new Error(`stanfordCars: ${at}: class ${number} is not one of the ${classes.length} of ${namesPath}.`);
    const box = boxOfCorners(corners);
    return { id: folder(className, file), className, ...(cropToBox && { crop: cropOf(box) }), extra: { box } };
  });
  const listing = { classes: [...new Set(files.map(({ className }) => className))], files, skipped: [] };
  return listedImages({ who: "stanfordCars", name: `Stanford Cars/${split}`, root, classes, listing }, options);
}

function readRow({ text, at }: Line) {
  const [file = "", ...rest] = csvFields(text);
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, number = 0] = numbers(rest.join(","), 5) ?? [];
  if (file === "" || !(Number.isInteger(number) && number >= 1 && x2 >= x1 && y2 >= y1))
    throw new Error(`stanfordCars: ${at}: expected \`<file>,<x1>,<y1>,<x2>,<y2>,<class from 1>\`, got \`${text}\`.`);
  return { file, number, corners: [x1, y1, x2, y2] as const, at };
}

/** From class and file to the path inside the root. @throws Error if there is no folder of images */
async function imageFolder(root: string, split: string): Promise<(className: string, file: string) => string> {
  const byClass = [`car_data/car_data/${split}`, `car_data/${split}`, split];
  const flat = [`cars_${split}/cars_${split}`, `cars_${split}`];
  const places = [...byClass, ...flat].map((folder) => join(root, folder));
  const found = places.indexOf((await firstThere(places)) ?? "");
  if (found < 0) throw new Error(`stanfordCars: there are no images in ${places.join(" or ")}.`);
  const folder = [...byClass, ...flat][found]!;
  return found < byClass.length
    ? (className, file) => `${folder}/${className.replaceAll("/", "-")}/${file}`
    : (_, file) => `${folder}/${file}`;
}
