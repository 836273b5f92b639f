import { mkdir, readdir } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { decodeImage, type ImageItem } from "@fovea/data";
import { mobileNetV2 } from "@fovea/backbones";
import { mvHfmd, type MvHfmd } from "@fovea/models";
import { loadWeights } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import { CheckpointError, loadCheckpoint } from "@fovea/train";
import Table from "cli-table3";
import { predictionHtml } from "../report/html.js";
import type { Example } from "../run.js";
import { explain } from "./examples.js";
import type { Settings } from "./settings.js";

const PICTURE = new Set([".jpg", ".jpeg", ".png", ".webp"]);

/** A model as the demo saved it. */
interface Saved {
  readonly strategy: string;
  readonly settings: Settings;
  readonly classes: readonly string[];
  readonly model: MvHfmd["config"];
}

/**
 * Classifies a folder of pictures with a saved MV-HFMD model: the pictures of each subfolder are the views of one
 * thing; without subfolders all pictures are. A picture that cannot be read is named and left out.
 *
 * @returns the table for the terminal; pictures and attention are in the page `out`
 * @throws CheckpointError for a checkpoint of another kind; RangeError if there is no picture
 */
export async function predictFolder(folder: string, checkpointPath: string, out: string): Promise<string> {
  const { model, saved } = await loadModel(checkpointPath);
  const found: { name: string; example: Example }[] = [];
  try {
    for (const { name, files } of await collectionsIn(resolve(folder))) {
      const views = await readable(files, saved.settings.size);
      if (views.length > 0) found.push({ name, example: await explain(model, views, saved.classes, null) });
    }
  } finally {
    model.dispose();
  }
  if (found.length === 0) throw new RangeError(`predict: no readable picture (jpg, png or webp) in ${folder}.`);
  await mkdir(dirname(out), { recursive: true });
  await writeFileAtomic(out, predictionHtml(found.map(({ name, example }) => ({ ...example, label: name }))));
  return `${predictionTable(found)}\nPage: ${relative(process.cwd(), resolve(out))}`;
}

async function loadModel(path: string): Promise<{ model: MvHfmd; saved: Saved }> {
  const checkpoint = await loadCheckpoint(path);
  try {
    const saved = checkpoint.config as Saved;
    if (saved?.strategy !== "mv-hfmd" && saved?.strategy !== "hybrid")
      throw new CheckpointError(`predict: ${path} is not of an MV-HFMD model, but of \`${saved?.strategy}\`.`);
    const model = mvHfmd(mobileNetV2({ until: saved.model.stage }), saved.model);
    loadWeights(model, checkpoint.weights);
    return { model, saved };
  } finally {
    checkpoint.dispose();
  }
}

interface Collection {
  readonly name: string;
  readonly files: readonly string[];
}

async function collectionsIn(folder: string): Promise<Collection[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const pictures = (names: readonly string[], dir: string) =>
    names
      .filter((name) => PICTURE.has(extname(name).toLowerCase()))
      .sort()
      .map((name) => join(dir, name));
  const here = {
    name: basename(folder),
    files: pictures(
      entries.filter((e) => e.isFile()).map((e) => e.name),
      folder,
    ),
  };
  const below = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  const folders = await Promise.all(
    below.map(async ({ name }) => ({ name, files: pictures(await readdir(join(folder, name)), join(folder, name)) })),
  );
  return [here, ...folders].filter(({ files }) => files.length > 0);
}

async function readable(files: readonly string[], size: number): Promise<ImageItem[]> {
  const views: ImageItem[] = [];
  for (const file of files)
    try {
      const pixels = await decodeImage(file, { size });
      views.push({ id: basename(file), label: 0, load: () => Promise.resolve(pixels) });
    } catch (error) {
      console.error(`predict: ${(error as Error).message}; left out.`);
    }
  return views;
}

function predictionTable(found: readonly { name: string; example: Example }[]): string {
  const table = new Table({
    head: ["collection", "views", "prediction", "", "each view alone"],
    style: { head: [], border: [], compact: true },
    colWidths: [18, 7, 24, 7, 36],
    wordWrap: true,
  });
  for (const { name, example } of found) {
    const { label, probability } = example.fused;
    const alone = example.views.map(({ single }) => single.label).join(", ");
    table.push([name, example.views.length, label, `${Math.round(100 * probability)} %`, alone]);
  }
  return table.toString();
}
