import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { mobileNetV2 } from "@fovea/backbones";
import { decodeImage, type ImageItem } from "@fovea/data";
import { figures, paragraph, percent, table, trainedModel, type Predict, type Section, type TrainedConfig } from "@fovea/experiment"; // prettier-ignore
import type { Pixels } from "@fovea/nn";
import { explain, type Explanation, type Trained } from "./examples.js";
import { mergings, modelOf } from "./merging.js";
import type { Settings } from "./settings.js";

const IMAGE = new Set([".jpg", ".jpeg", ".png", ".webp"]);

/** Classifies images with the checkpoint of any variant. */
export const predict: Predict = {
  words: "images, each one view of an object; or folders: the images of a folder are the views of one object",
  checkpoint: "checkpoints/seed-0/mv-hfmd/last.safetensors",
  async run(paths, { checkpoint, retries }) {
    const saved = await trainedModel(
      "mvhfmd",
      checkpoint,
      ({ variant, classes, settings }: TrainedConfig<Settings>) => {
        const merging = mergings.find(({ id }) => id === variant);
        return merging && modelOf(merging, mobileNetV2({ until: settings.stage }), classes.length, settings);
      },
    );
    const { size } = saved.settings;
    const merging = mergings.find(({ id }) => id === saved.variant)!;
    const trained: Trained = { model: saved.model, classes: saved.classes, merging };
    const most = Math.min(...Object.values(trained.model.branches).map(({ slots }) => slots ?? Infinity));
    const failures: string[] = [];
    const found: Explanation[] = [];
    try {
      for (const { name, files } of (await Promise.all(paths.map(collectionsIn))).flat()) {
        const views = await readable(files, size, retries, failures);
        if (views.length > most) failures.push(`${name} has ${views.length} views, but this model takes ${most}.`);
        else if (views.length > 0) found.push(await explain(trained, name, views));
      }
    } finally {
      trained.model.dispose();
    }
    if (found.length === 0)
      throw new Error(`predict: no image (jpg, png or webp) can be read in ${paths.join(", ")}. ${failures.join(" ")}`);
    return { sections: sectionsOf(found), failures };
  },
};

const sectionsOf = (found: readonly Explanation[]): Section[] => [
  table(
    ["collection", "views", "prediction", "%", "each view alone"],
    found.map(({ figure, prediction: { label, probability }, alone }) => {
      const each = alone.map((view) => view.label).join(", ");
      return [figure.title, String(alone.length), label, percent(probability), each];
    }),
  ),
  paragraph("Below each image what it says alone, then where the model looks: what is dark is not attended to."),
  figures(found.map(({ figure }) => figure)),
];

/** Views of one object: an image, or all images of a folder. */
async function collectionsIn(path: string): Promise<{ readonly name: string; readonly files: readonly string[] }[]> {
  const name = (at: string) => basename(resolve(path, at));
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return [{ name: name("."), files: [path] }];
  const all = (await readdir(path, { recursive: true })).sort();
  const images = all.filter((file) => IMAGE.has(extname(file).toLowerCase()) && !/(^|[\\/])\./.test(file));
  return [...new Set(images.map((file) => dirname(file)))].map((folder) => ({
    name: name(folder),
    files: images.filter((file) => dirname(file) === folder).map((file) => join(path, file)),
  }));
}

/** The images of the files that can be read; for each other file the failures say why. */
async function readable(files: readonly string[], size: number, retries: number, failures: string[]) {
  const views: ImageItem[] = [];
  for (const file of files)
    try {
      const pixels = await decoded(file, size, retries);
      views.push({ id: basename(file), label: 0, load: () => Promise.resolve(pixels) });
    } catch (error) {
      failures.push((error as Error).message);
    }
  return views;
}

const decoded = (file: string, size: number, retries: number): Promise<Pixels> =>
  decodeImage(file, { size }).catch((error: unknown) => {
    if (retries === 0) throw error;
    return decoded(file, size, retries - 1);
  });
