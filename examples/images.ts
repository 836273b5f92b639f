// Writes small sets of images for the examples, from emojis and traffic signs under free licences: see open-datasets.
//
//     node --conditions=@fovea/source --import tsx examples/images.ts FOLDER
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ImageSet } from "@fovea/data";
import { emojiFamilies, emojiTexts, emojiViews, needleSigns, type EmojiTexts } from "@fovea/open-datasets";
import sharp from "sharp";

const root = process.argv[2] ?? "runs/examples";

async function writeImage(path: string, item: ImageSet["items"][number]): Promise<void> {
  const { data, width, height, channels } = await item.load();
  await mkdir(dirname(path), { recursive: true });
  await sharp(data, { raw: { width, height, channels } }).png().toFile(path);
}

/** FOLDER/SPLIT/CLASS/N.png */
async function writeFolder(
  folder: string,
  classes: readonly string[],
  splits: Record<string, ImageSet>,
): Promise<void> {
  for (const [split, { items }] of Object.entries(splits))
    for (const [i, item] of items.entries())
      await writeImage(join(folder, split, classes[item.label]!.replace(/\W+/g, "-"), `${i}.png`), item);
}

/** The lists and folders of CUB-200-2011. */
async function writeCub(folder: string, classes: readonly string[], train: ImageSet, test: ImageSet): Promise<void> {
  const names = classes.map((name, i) => `${String(i + 1).padStart(3, "0")}.${name.replace(/\W+/g, "_")}`);
  const all = [train, test].flatMap(({ items }, s) =>
    items.map((item, i) => ({ item, s, path: `${names[item.label]}/${s}-${i}.png` })),
  );
  for (const { item, path } of all) await writeImage(join(folder, "images", path), item);
  const list = (file: string, values: readonly (string | number)[]) =>
    writeFile(join(folder, file), values.map((value, i) => `${i + 1} ${value}\n`).join(""));
  await list(
    "images.txt",
    all.map(({ path }) => path),
  );
  await list("classes.txt", names);
  await list(
    "image_class_labels.txt",
    all.map(({ item }) => item.label + 1),
  );
  await list(
    "train_test_split.txt",
    all.map(({ s }) => 1 - s),
  );
  await list(
    "bounding_boxes.txt",
    all.map(() => "0 0 64 64"),
  );
}

/** FOLDER/SPLIT/N.png, and FOLDER/list.jsonl: the sentences and the class of each. */
async function writeTexts(
  folder: string,
  classes: readonly string[],
  splits: Record<string, EmojiTexts["train"]["items"]>,
) {
  const rows: object[] = [];
  for (const [split, items] of Object.entries(splits))
    for (const [i, item] of items.entries()) {
      const image = `${split}/${i}.png`;
      await writeImage(join(folder, image), item);
      rows.push({ image, text: await item.captions(), label: classes[item.label], split });
    }
  await writeFile(join(folder, "list.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

const views = await emojiViews({ classes: 10, size: 64, renderings: { train: 12, test: 8 } });
await writeFolder(join(root, "views"), views.classes, { train: views.train, test: views.test });

const birds = await emojiFamilies({ classes: 6, size: 64, renderings: { train: 12, validation: 1, test: 8 } });
await writeCub(join(root, "cub"), birds.classes, birds.train, birds.test);

const kinds = ["mammal", "bird", "plant", "dish", "building", "vehicle", "garment", "tool"] as const;
const things = await emojiTexts({
  classes: kinds,
  text: "both",
  size: 96,
  renderings: { train: 1, validation: 3, test: 3 },
});
const held = [...things.validation.items, ...things.test.items];
await writeTexts(join(root, "texts"), things.classes, { train: things.train.items, test: held });

const counts = { train: 192, validation: 1, test: 72 };
const targets = ["regulatory--stop", "regulatory--yield"];
const signs = { targets, distractors: 1, signSize: [40, 48], heldOut: "scenes" } as const;
const scenes = await needleSigns({ side: 256, ...signs, scenes: counts });
await mkdir(join(root, "scenes"), { recursive: true });
const rows: string[] = [];
for (const split of ["train", "test"] as const)
  for (const [i, scene] of scenes[split].entries()) {
    if (scene.label === 0) continue; // none of the two signs
    await scene.write(join(root, "scenes", `${split}-${i}.tif`));
    rows.push(`${split}-${i}.tif,${scenes.classes[scene.label]!.split(" ")[0]},${split}`);
  }
await writeFile(join(root, "scenes", "labels.csv"), ["file,label,split", ...rows].join("\n"));
