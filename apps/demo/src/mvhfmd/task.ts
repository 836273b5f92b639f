import { basename, resolve } from "node:path";
import { imageFolder, type ImageSet } from "@fovea/data";
import { emojiViews, type Source } from "@fovea/open-datasets";

/** Something to classify from several views: pictures to learn from and others to be tested on. */
export interface Task {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Side of a picture in pixels, after reading. */
  readonly size: number;
  /** No two views of a collection from one group: two renderings of one drawing would be one view twice. */
  readonly distinctGroups: boolean;
  readonly sources: readonly Source[];
}

/** What can be chosen on the command line. */
export interface TaskOptions {
  /** `emoji`, or `folder:PATH`. */
  readonly data: string;
  readonly classes: number;
  readonly size: number;
  readonly seed: number;
}

/** @throws RangeError for an unknown kind of data; whatever reading a folder throws */
export async function taskOf({ data, classes, size, seed }: TaskOptions): Promise<Task> {
  if (data === "emoji") return emojiTask(classes, size, seed);
  if (data.startsWith("folder:")) return folderTask(resolve(data.slice("folder:".length)), size);
  throw new RangeError(`mvhfmd: \`--data\` must be \`emoji\` or \`folder:PATH\`, got \`${data}\`.`);
}

async function emojiTask(classes: number, size: number, seed: number): Promise<Task> {
  const views = await emojiViews({ classes, size, seed });
  return {
    ...views,
    description:
      "One class an emoji, one view a vendor's drawing of it, turned, moved and laid over photographs. The vendors tested on are never trained on.",
    size,
    distinctGroups: true,
    sources: views.attribution,
  };
}

/** `root/train/class/*` and `root/test/class/*`; a bad file is named and skipped. */
async function folderTask(root: string, size: number): Promise<Task> {
  const [train, test] = [await readSplit(root, "train", size), await readSplit(root, "test", size)];
  if (train.classes.join("\n") !== test.classes.join("\n"))
    throw new RangeError(`mvhfmd: ${root}: \`train\` and \`test\` must hold the same classes.`);
  return {
    name: basename(root),
    description: `Pictures from ${root}, one folder a class.`,
    classes: train.classes,
    train,
    test,
    size,
    distinctGroups: false,
    sources: [],
  };
}

/** Every file is decoded once, so that a broken one is known now and not in the middle of a run. */
async function readSplit(root: string, split: string, size: number): Promise<ImageSet> {
  const set = await imageFolder(root, { split, size, onBadFile: "skip", check: "decode" });
  for (const { id, reason } of set.skipped) console.error(`mvhfmd: ${id} is left out: ${reason}`);
  return set;
}
