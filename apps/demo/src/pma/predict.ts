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
import type { PhrasesOf, SavedWords } from "./task.js";

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
    const phrasesOf = phraseFinder();
    const sentences = await sentencesBeside(path, network, phrasesOf);
    const title = basename(path);
    const known = vocabulary((saved as SavedWords).vocabulary);
    const asked = { model, classes, phrasesOf, vocabulary: known, maxPhrases: settings.maxPhrases };
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

/** The lines of the file beside an image. @throws Error that names the choices if no phrase is in them but must be */
async function sentencesBeside(
  path: string,
  { text, name }: Pick<NetworkSpec, "text" | "name">,
  phrasesOf: PhrasesOf,
): Promise<string[]> {
  if (text === "none") return [];
  const file = `${path.slice(0, path.length - extname(path).length)}.txt`;
  const lines = (await readFile(file, "utf8").catch(noFile)).split(/\r\n?|\n/);
  const sentences = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (text === "needed" && phrasesOf(sentences, { id: path }).length === 0) {
    const found = sentences.length > 0 ? ", in which no phrase is found" : "";
    throw new Error(
      `${path}: the model "${name}" needs sentences about the image, one a line, in ${file}${found}; ` +
        "without text use the checkpoint of `student`, `vision` or `pma-learned`.",
    );
  }
  return sentences;
}

/** The text of a file that is not there. @throws what else keeps it from being read */
function noFile(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error;
  return "";
}
