import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { cub200, imageFolder, type ImageItem, type ImageSet } from "@fovea/data";
import { rng } from "@fovea/nn";

/** Images of one's own, split. All splits have the same classes. */
export interface OwnImages {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
}

export interface OwnImagesOptions {
  /** Side of an image in pixels, after reading. */
  readonly size: number;
  readonly seed: number;
  /** Images of a class that each split needs. */
  readonly least: number;
  /** Whether a class with too few images ends the run, or is named and left out. */
  readonly thinClasses: "refuse" | "leave-out";
  /** The splits that are needed; no image is drawn for another one, which is left empty. Default: all three. */
  readonly splits?: readonly Split[];
  /** What `--data` takes beside images of one's own, for the error. */
  readonly others?: readonly string[];
}

const SPLITS = ["train", "validation", "test"] as const;
type Split = (typeof SPLITS)[number];

/** An image with the name of its class. */
interface Named {
  readonly item: ImageItem;
  readonly className: string;
}
type Lists = Record<Split, readonly Named[]>;

/** The share of the images of a class that is held out for each split that is missing. */
const HELD_OUT = 0.2;

/**
 * Reads `folder:PATH` or `cub:PATH`. A folder has `train/CLASS/*` and `test/CLASS/*`, perhaps `validation/CLASS/*`, or
 * only `CLASS/*`; a split that is missing is drawn from the training images of each class by the seed. A file that
 * cannot be read is named and left out.
 *
 * @param who - says it if something is wrong
 * @throws RangeError for other data, and for classes with too few images unless they are left out; whatever reading
 *   throws
 */
export async function ownImages(who: string, data: string, options: OwnImagesOptions): Promise<OwnImages> {
  const [, kind, path] = /^(folder|cub):(.+)$/s.exec(data) ?? [];
  const { size, splits = SPLITS, others = [] } = options;
  if (path === undefined)
    throw new RangeError(
      `${who}: expected \`--data\` to be ${[...others, "folder:PATH"].join(", ")} or cub:PATH, got \`${data}\`.`,
    );
  const root = resolve(path);
  const read = { size, onBadFile: "skip", check: "decode" } as const;
  const sets: Partial<Record<Split, ImageSet>> = {};
  if (kind === "cub") for (const split of ["train", "test"] as const) sets[split] = await cub200(root, { split, ...read });
  else if (!existsSync(join(root, "train"))) sets.train = await imageFolder(root, read);
  else for (const split of splits) if (existsSync(join(root, split))) sets[split] = await imageFolder(root, { split, ...read }); // prettier-ignore
  for (const set of Object.values(sets))
    for (const { id, reason } of set.skipped) console.error(`${who}: ${id} is left out: ${reason}`);
  const name = kind === "cub" ? "CUB-200-2011" : basename(root);
  const description = kind === "cub" ? "Birds by species, with the published test images." : `Images from ${root}, one folder a class.`; // prettier-ignore
  return { name, description, ...withoutThin(who, completed(sets, splits, options), splits, options) };
}

/** The splits that are needed: those that are missing are drawn from the training images. */
function completed(
  sets: Partial<Record<Split, ImageSet>>,
  splits: readonly Split[],
  { seed, least }: OwnImagesOptions,
): Lists {
  const namedOf = (set: ImageSet | undefined): Named[] =>
    (set?.items ?? []).map((item) => ({ item, className: set!.classes[item.label]! }));
  const lists = { train: namedOf(sets.train), validation: namedOf(sets.validation), test: namedOf(sets.test) };
  for (const split of ["test", "validation"] as const)
    if (!sets[split] && splits.includes(split)) [lists.train, lists[split]] = heldOut(lists.train, seed, split, least);
  return lists;
}

/** Draws a share of each class, as many as are needed if there is one more. @returns the rest and what was drawn */
function heldOut(images: readonly Named[], seed: number, split: Split, least: number): [Named[], Named[]] {
  const drawn = new Set<Named>();
  for (const className of new Set(images.map((image) => image.className))) {
    const own = images.filter((image) => image.className === className);
    const order = rng(seed).split("split", split, className).permutation(own.length);
    const share = Math.min(own.length - 1, Math.max(least, Math.round(HELD_OUT * own.length)));
    for (const at of order.subarray(0, share)) drawn.add(own[at]!);
  }
  return [images.filter((image) => !drawn.has(image)), images.filter((image) => drawn.has(image))];
}

function withoutThin(who: string, lists: Lists, splits: readonly Split[], { least, thinClasses }: OwnImagesOptions) {
  const all = [...new Set(splits.flatMap((split) => lists[split].map(({ className }) => className)))].sort();
  const countIn = (className: string, split: Split) =>
    lists[split].filter((image) => image.className === className).length;
  const thin = all.filter((className) => splits.some((split) => countIn(className, split) < least));
  const why = thin.map((className) => `${className} (${splits.map((split) => `${countIn(className, split)} ${split}`).join(", ")})`); // prettier-ignore
  if (thin.length > 0 && thinClasses === "refuse")
    throw new RangeError(
      `${who}: expected at least ${least} image${least === 1 ? "" : "s"} of each class in each split; too few of ` +
        `${why.join("; ")}. \`--thin-classes leave-out\` goes on without.`,
    );
  for (const reason of why) console.error(`${who}: the class ${reason} has too few images and is left out`);
  const classes = all.filter((className) => !thin.includes(className));
  if (classes.length < 2)
    throw new RangeError(`${who}: expected at least 2 classes, got ${classes.join(", ") || "none"}.`);
  const setOf = (split: Split): ImageSet => ({
    ...{ name: split, classes, skipped: [] },
    items: lists[split]
      .filter(({ className }) => classes.includes(className))
      .map(({ item, className }) => ({ ...item, label: classes.indexOf(className), load: () => item.load() })),
  });
  return { classes, train: setOf("train"), validation: setOf("validation"), test: setOf("test") };
}
