import { basename, resolve } from "node:path";
import { readCaptions } from "@fovea/data";
import { cub200, imageTextList, imageTextSplits, type ListedImagesOptions } from "@fovea/data/node";
import type { Source } from "@fovea/experiment";
import { splitSets } from "../own-images.js";
import { SPLITS, type Splits } from "../own-splits.js";
import type { TextSet } from "./task.js";
import type { Settings } from "./settings.js";

/** Images with sentences, split. All splits have the same classes. */
export interface Texts extends Splits<TextSet> {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  /** Whom to credit. */
  readonly attribution: readonly Source[];
}

/**
 * Reads `cub:PATH`, with the captions in or beside it, or `list:FILE`. A split that is missing is drawn from the
 * training images of each class by the seed. An image that cannot be read or that nobody has described is named and
 * left out.
 *
 * @throws RangeError for other data, and for classes with too few images unless they are left out; whatever reading
 *   throws
 */
export async function ownTexts({ data, size, seed, thinClasses }: Settings): Promise<Texts> {
  const [, kind, path] = /^(cub|list):(.+)$/s.exec(data) ?? [];
  if (path === undefined)
    throw new RangeError(`pma: expected \`--data\` to be emoji, cub:PATH or list:FILE, got \`${data}\`.`);
  const at = resolve(path);
  const read: ListedImagesOptions = { size, onBadFile: "skip", check: "decode" };
  const sets: Sets = kind === "cub" ? await cubSets(at, read) : await listSets(at, read);
  for (const { id, reason } of Object.values(sets).flatMap(({ skipped }) => skipped))
    console.error(`pma: ${id} is left out: ${reason}`);
  return {
    name: kind === "cub" ? "CUB-200-2011" : basename(at),
    description: kind === "cub" ? "Birds by species, with ten sentences an image; the published test images." : `Images and texts listed in ${at}.`, // prettier-ignore
    attribution: [],
    ...splitSets("pma", sets, { seed, least: 1, thinClasses }),
  };
}

type Sets = Partial<Splits<TextSet>>;

async function cubSets(root: string, read: ListedImagesOptions): Promise<Sets> {
  const described = async (split: "train" | "test") =>
    readCaptions(await cub200(root, { ...read, split }), { missingText: "skip" });
  return { train: await described("train"), test: await described("test") };
}

/** The splits that the list names; without any, all images are for training. */
async function listSets(file: string, read: ListedImagesOptions): Promise<Sets> {
  const options = { ...read, missingText: "skip" as const };
  const named = await imageTextSplits(file);
  if (named.length === 0) return { train: await imageTextList(file, options) };
  const sets = SPLITS.filter((split) => named.includes(split)).map(
    async (split) => [split, await imageTextList(file, { ...options, split })] as const,
  );
  return Object.fromEntries(await Promise.all(sets)) as Sets;
}
