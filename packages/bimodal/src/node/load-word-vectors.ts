import { createReadStream } from "node:fs";
import type { Vocabulary } from "../words/vocabulary.js";
import { readWordVectors, type WordVectors } from "../words/word-vectors.js";

/**
 * Reads the vectors of the words of a vocabulary from a text file in the format of GloVe or word2vec: see
 * `readWordVectors`. The file is read in pieces, so that it may be larger than the memory.
 *
 * @param path - a text file, such as glove.6B.300d.txt, not compressed
 * @throws Error with file and line for a line that cannot be read, if no word is there, or if the file cannot be opened
 */
export async function loadWordVectors(path: string, vocabulary: Vocabulary): Promise<WordVectors> {
  try {
    return await readWordVectors(createReadStream(path, "utf8"), vocabulary, { source: path });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error; // of what stands in the file
    throw new Error(`loadWordVectors: expected \`path\` to be a text file of word vectors, got ${path} (${message}).`, { cause: error }); // prettier-ignore
  }
}
