import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { vocabulary } from "@fovea/bimodal";
import { figures, paragraph, percent, table, type Predict } from "@fovea/experiment";
import { readImage } from "../own-images.js";
import { explain, type Explanation } from "./figures.js";
import type { Network } from "./network.js";
import type { NetworkSpec } from "./networks.js";
import { phraseFinder } from "./phrases.js";
import type { Settings } from "./settings.js";
import type { SavedWords } from "./task.js";

type Found = Explanation & { readonly title: string };

/**
 * Classifies images of one's own with the network of a checkpoint. The sentences about `bird.jpg` are the lines of
 * `bird.txt` beside it; a network that takes text refuses an image without.
 */
export const predict: Predict<Settings, Network, { readonly network: NetworkSpec }, Found> = {
  words: "JPEG, PNG or WebP; the sentences about bird.jpg are the lines of bird.txt, if the model takes text",
  checkpoint: "checkpoints/seed-0/student/best.safetensors",
  build: ({ network }, settings, { length: classes }, saved) =>
    network.build(
      { ...settings, wordDim: (saved as SavedWords).wordDim },
      { classes, words: vocabulary((saved as SavedWords).vocabulary).size },
    ),
  async find(path, { model, variant: { network }, classes, settings, saved }, { retries }) {
    const pixels = await readImage(path, settings.size, retries);
    const sentences = await sentencesBeside(path, network);
    const title = basename(path);
    const known = vocabulary((saved as SavedWords).vocabulary);
    const asked = { model, classes, phrasesOf: phraseFinder(), vocabulary: known, maxPhrases: settings.maxPhrases };
    return [{ title, ...(await explain(asked, title, pixels, sentences)) }];
  },
  report: (found, { classes, variant: { network } }) => [
    paragraph(
      `Each image is taken for the likeliest of ${classes.length} classes${network.text !== "none" ? ", by its text as well" : ""}.`,
    ),
    table(
      ["image", "class", "probability, %"],
      found.map(({ title, label, probability }) => [title, label, percent(probability)]),
    ),
    figures(found.map(({ figure }) => figure)),
  ],
};

/** The lines of the file beside an image. @throws Error that names the choices if there are none but must be */
async function sentencesBeside(path: string, { text, name }: Pick<NetworkSpec, "text" | "name">): Promise<string[]> {
  if (text === "none") return [];
  const file = `${path.slice(0, -extname(path).length)}.txt`;
  const lines = (await readFile(file, "utf8").catch(() => "")).split(/\r?\n/);
  const sentences = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (sentences.length === 0 && text === "needed")
    throw new Error(
      `${path}: the model "${name}" needs sentences about the image, one a line, in ${file}; ` +
        "without text use the checkpoint of `student`, `vision` or `pma-learned`.",
    );
  return sentences;
}
