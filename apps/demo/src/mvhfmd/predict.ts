import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { mobileNetV2 } from "@fovea/backbones";
import type { ImageItem } from "@fovea/data";
import { figures, paragraph, percent, table, type Predict, type PredictOptions } from "@fovea/experiment";
import type { MultiViewClassifier } from "@fovea/models";
import { readImage } from "../own-images.js";
import { explain, type Explanation } from "./examples.js";
import { modelOf, type Merging } from "./merging.js";
import type { Settings } from "./settings.js";

const IMAGE = new Set([".jpg", ".jpeg", ".png", ".webp"]);

type Merged = { readonly merging: Merging };

/** Classifies images with the checkpoint of any variant. */
export const predict: Predict<Settings, MultiViewClassifier<string, unknown>, Merged, Explanation> = {
  words: "images, each one view of an object; or folders: the images of a folder are the views of one object",
  checkpoint: "checkpoints/seed-0/mv-hfmd/last.safetensors",
  build: ({ merging }, settings, { length }) =>
    modelOf(merging, mobileNetV2({ until: settings.stage }), length, settings),
  async find(path, { model, variant: { merging }, classes, settings: { size } }, options) {
    const most = Math.min(...Object.values(model.branches).map(({ slots }) => slots ?? Infinity));
    const found: Explanation[] = [];
    const collections = await collectionsIn(path);
    if (collections.length === 0) options.fail(`${path} has no image (jpg, png or webp).`);
    for (const { name, files } of collections) {
      const views = await readable(files, size, options);
      if (views.length > most) options.fail(`${name} has ${views.length} views, but this model takes ${most}.`);
      else if (views.length > 0) found.push(await explain({ model, merging, classes }, name, views));
    }
    return found;
  },
  report: (found) => [
    table(
      ["collection", "views", "prediction", "%", "each view alone"],
      found.map(({ figure, prediction: { label, probability }, alone }) => {
        const each = alone.map((view) => view.label).join(", ");
        return [figure.title, String(alone.length), label, percent(probability), each];
      }),
    ),
    paragraph("Below each image what it says alone, then where the model looks: what is dark is not attended to."),
    figures(found.map(({ figure }) => figure)),
  ],
};

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

/** The images of the files that can be read. */
async function readable(files: readonly string[], size: number, { retries, fail }: PredictOptions) {
  const views: ImageItem[] = [];
  for (const file of files)
    await readImage(file, size, retries).then(
      (pixels) => views.push({ id: basename(file), label: 0, load: () => Promise.resolve(pixels) }),
      (error: Error) => fail(error.message),
    );
  return views;
}
