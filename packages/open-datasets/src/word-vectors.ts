import { createReadStream } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Source } from "./attribution.js";

/** The vectors of `wordVectors`. Credit them wherever results of them are shown. */
export const wordVectorSource: Source = {
  name: "GloVe",
  what: "vectors of 100 numbers for words, rounded to three decimals",
  author: "Jeffrey Pennington, Richard Socher, Christopher D. Manning",
  url: "https://nlp.stanford.edu/projects/glove/",
  license: "PDDL-1.0",
  licenseText: "https://opendatacommons.org/licenses/pddl/1-0/",
};

/**
 * GloVe's vectors of the words of `emojiTexts` and of the 2,000 commonest English words, as text in pieces, one line
 * `word number … number` for each word: what `readWordVectors` of `@fovea/bimodal` takes. Ref: Pennington et al. 2014.
 */
export function wordVectors(): Readable {
  const path = new URL("../data/glove-100d.txt.gz", import.meta.url);
  const text = createGunzip().setEncoding("utf8");
  return pipeline(createReadStream(path), text, () => undefined); // an error ends the text, whoever reads it is told
}
