import { basename } from "node:path";
import { requireLabels, type LabelledImage, type SegmentationSet } from "@fovea/data";
import { withProgress, type Prepared, type RunContext, type Source } from "@fovea/experiment";
import { emojiScenes, landAndSea, trunkSource, type EmojiGroup } from "@fovea/open-datasets";
import { sizesOf, SPLITS, type Splits } from "../own-splits.js";
import { STRIDE } from "./networks.js";
import { ownLabels } from "./own-labels.js";
import { namesCheckpoint, ownTeacher } from "./own-teacher.js";
import type { Settings } from "./settings.js";
import type { ApdData, Teacher } from "./task.js";
import { teacherOf } from "./teacher.js";

/** Images with label maps, split, and what a report says of them. */
interface Labelled extends Splits<SegmentationSet> {
  readonly name: string;
  readonly description: string;
  readonly attribution: readonly Source[];
}

async function labelledOf({ data, groups, images, heldOut, size, seed }: Settings): Promise<Labelled> {
  const counts = { train: images, validation: Math.ceil(heldOut / 2), test: heldOut };
  if (data === "emoji")
    return inMemory({
      ...(await emojiScenes({
        groups: groups as EmojiGroup[],
        size,
        seed,
        scenes: counts,
        objects: [2, 5],
        objectSize: [0.3, 0.55],
      })),
      description:
        "Each class but the background is a group of emojis. Several are scattered over a photograph of the Earth, rotated, " +
        "tilted and lit; the label maps are exact. Vendors that drew the test's emojis drew none of the others.",
    });
  if (data === "land-and-sea")
    return inMemory({
      ...landAndSea({ size, seed, images: counts }),
      description:
        "Pieces of NASA's photograph of the Earth, with the land of Natural Earth as label. Splits show other longitudes.",
    });
  const [, path] = /^folder:(.+)$/s.exec(data) ?? [];
  if (path === undefined)
    throw new RangeError(`apd: expected \`--data\` to be emoji, land-and-sea or folder:PATH, got \`${data}\`.`);
  const description = `Images with label maps from ${path}.`;
  return { name: basename(path), description, attribution: [], ...(await ownLabels(path, seed)) };
}

/** Splits whose images are painted once. */
const inMemory = (labelled: Labelled): Labelled => {
  const kept = (set: SegmentationSet): SegmentationSet => ({ ...set, items: set.items.map(once) });
  const { train, validation, test } = labelled;
  return { ...labelled, train: kept(train), validation: kept(validation), test: kept(test) };
};

function once({ id, load: paint }: SegmentationSet["items"][number]): SegmentationSet["items"][number] {
  let painted: Promise<LabelledImage> | undefined;
  const load = () => (painted ??= paint());
  return { id, load, loadLabels: async () => (await load()).labels };
}

/** Reads all label maps, and refuses those with which a run would fail. */
async function inspected(splits: Splits<SegmentationSet>, signal?: AbortSignal): Promise<void> {
  const total = SPLITS.reduce((sum, split) => sum + splits[split].items.length, 0);
  const inspect = async (to: () => void) => {
    for (const split of SPLITS) {
      const set = splits[split];
      const items = set.items.map(({ id, loadLabels }) => ({ id, loadLabels: () => loadLabels().finally(to) }));
      const { warnings } = await requireLabels({ ...set, items }, signal && { signal });
      for (const warning of warnings) console.error(`apd: ${set.name}: ${warning}`);
    }
  };
  await withProgress("label maps", total, inspect, { signal });
}

/** Reads and inspects the label maps; a teacher that is to be trained comes when it is asked for. */
export async function prepare(settings: Settings, context: RunContext): Promise<Prepared<ApdData>> {
  requireSize(settings);
  const { name, description, attribution, ...splits } = await labelledOf(settings);
  const { train, validation, test } = splits;
  const { classes } = train;
  const own = namesCheckpoint(settings) ? await ownTeacher(settings, classes) : undefined;
  await inspected(splits, context.signal).catch((error: unknown) => {
    own?.model.dispose();
    throw error;
  });
  let teacher: Promise<Teacher> | undefined = own && Promise.resolve(own);
  const data: ApdData = {
    ...{ train, validation, test, classes },
    teacher: () => (teacher ??= teacherOf(settings, data, context)),
  };
  const sizes = sizesOf({ train: train.items, validation: validation.items, test: test.items });
  return {
    data,
    summary: {
      ...{ name, description, classes, sizes },
      sources: [...attribution, ...((own?.settings ?? settings).teacher === "imagenet" ? [trunkSource] : [])],
    },
    dispose: async () => (await teacher)?.model.dispose(),
  };
}

function requireSize({ size }: Settings): void {
  if (size % STRIDE === 1 && size > STRIDE) return;
  const near = Math.max(1, Math.round((size - 1) / STRIDE)) * STRIDE + 1;
  throw new RangeError(
    `apd: expected \`--size\` to be a multiple of ${STRIDE} plus 1, as cells of the map lie on pixels, got ${size}; ${near} is near.`,
  );
}
