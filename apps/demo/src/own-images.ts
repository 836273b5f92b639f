import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type ImageItem, type ImageSet } from "@fovea/data";
import { cub200, decodeImage, imageFolder } from "@fovea/data/node";
import type { Source } from "@fovea/experiment";
import type { Pixels } from "@fovea/nn";
import { labeledSplits, SPLITS, type OfClass, type Split, type SplitOptions, type Splits } from "./own-splits.js";

/** Images of one's own, split. All splits have the same classes. */
export interface OwnImages extends Splits<ImageSet> {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  /** Whom to credit. */
  readonly attribution: readonly Source[];
}

/** What images of one's own are read as. */
export interface OwnImagesOptions extends SplitOptions {
  /** Side of an image in pixels, after reading. */
  readonly size: number;
  /** What `--data` takes beside images of one's own, for the error. Default: nothing. */
  readonly others?: readonly string[];
}

/** An image with the name of its class. */
interface Named<Item extends ImageItem> extends OfClass {
  readonly item: Item;
}

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
  return { name, description, attribution: [], ...splitSets(who, sets, options) };
}

/**
 * Sets as three splits with the same classes; those that are missing are drawn from the training images.
 *
 * @throws RangeError as `labeledSplits`
 */
export function splitSets<Item extends ImageItem>(
  who: string,
  sets: Partial<Splits<ImageSet<Item>>>,
  options: SplitOptions,
): Splits<ImageSet<Item>> & { readonly classes: readonly string[] } {
  const given = Object.fromEntries(Object.entries(sets).map(([split, set]) => [split, namedOf(set)]));
  const { classes, ...all } = labeledSplits<Named<Item>>(who, given, options);
  const setOf = (split: Split): ImageSet<Item> => ({
    ...{ name: split, classes, skipped: [] },
    items: all[split].map(({ item, label }) => ({ ...item, label })),
  });
  return { classes, train: setOf("train"), validation: setOf("validation"), test: setOf("test") };
}

const namedOf = <Item extends ImageItem>({ items, classes }: ImageSet<Item>): Named<Item>[] =>
  items.map((item) => ({ item, className: classes[item.label]! }));

/** An image of one's own. @param retries - further tries of a read that fails */
export const readImage = (path: string, size: number, retries: number): Promise<Pixels> =>
  decodeImage(path, { size }).catch((error: unknown) => {
    if (retries === 0) throw error;
    return readImage(path, size, retries - 1);
  });
