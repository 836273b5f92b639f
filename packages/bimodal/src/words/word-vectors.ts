import { UNKNOWN_ID, type Vocabulary } from "./vocabulary.js";

/** Vectors of the words of a vocabulary, from a file. */
export interface WordVectors {
  /** Length of a vector. */
  readonly dim: number;
  /** The `size` of the vocabulary. */
  readonly size: number;
  /** The vectors by the id of the word; `rows.size` is how many words were found. */
  readonly rows: ReadonlyMap<number, Float32Array>;
  /** The words of the vocabulary that are not in the file. */
  readonly missing: readonly string[];
}

/** Options of `readWordVectors`. */
export interface ReadWordVectorsOptions {
  /** The name of the file, for error messages. Default "word vectors". */
  readonly source?: string;
}

/**
 * Reads vectors of words from text in the format of GloVe, one line `word number number …` for each word, or of
 * word2vec, which has the number of words and the length of a vector on a line of its own before. Only the words of the
 * vocabulary are kept, and only their lines are checked. A word that is there twice has its first vector.
 *
 * Ref: Pennington, Socher and Manning 2014 (GloVe); Mikolov et al. 2013, arXiv:1301.3781 (word2vec).
 * @param chunks - the text in pieces of any length, such as a stream that decodes a file, or `[text]`
 * @throws Error with the name and the line for a line that has not as many numbers as the first, and if no word of the
 *   vocabulary is there
 */
export async function readWordVectors(
  chunks: Iterable<string> | AsyncIterable<string>,
  vocabulary: Vocabulary,
  { source = "word vectors" }: ReadWordVectorsOptions = {},
): Promise<WordVectors> {
  const rows = new Map<number, Float32Array>();
  let dim = 0;
  let number = 0;
  for await (const given of linesOf(chunks)) {
    const line = number++ === 0 ? given.replace(/^\ufeff/, "") : given; // a mark of byte order
    if (line === "") continue;
    const place = `${source}:${number}`;
    if (dim === 0) {
      const columns = line.split(BLANKS);
      const header = columns.length === 2 && columns.every((column) => /^\d+$/.test(column));
      dim = header ? Number(columns[1]) : columns.length - 1;
      if (dim === 0) throw new Error(`${place}: expected a word and its numbers, got \`${excerpt(line)}\`.`);
      if (header) continue;
    }
    const id = vocabulary.idOf(/^[^ \t]*/.exec(line)![0]);
    if (id === UNKNOWN_ID || rows.has(id)) continue;
    const row = vectorOf(line.split(BLANKS), dim, place);
    if (row) rows.set(id, row);
  }
  return { dim, size: vocabulary.size, rows, missing: missingOf(vocabulary, rows, source) };
}

const BLANKS = /[ \t]+/;
const excerpt = (line: string): string => (line.length > 40 ? `${line.slice(0, 40)}…` : line);

/** The numbers behind the word. Undefined where the "word" has blanks, as some of GloVe's do: it is another word. */
function vectorOf(columns: readonly string[], dim: number, place: string): Float32Array | undefined {
  const between = columns.slice(1, Math.max(1, columns.length - dim));
  if (between.some((column) => !isNumber(column))) return undefined;
  if (columns.length !== dim + 1)
    throw new Error(
      `${place}: expected ${dim} numbers after \`${columns[0]}\`, as on the first line, got ${columns.length - 1}.`,
    );
  const odd = columns.slice(1).find((column) => !isNumber(column));
  if (odd !== undefined) throw new Error(`${place}: expected numbers after \`${columns[0]}\`, got \`${odd}\`.`);
  return Float32Array.from(columns.slice(1), Number);
}

const isNumber = (text: string): boolean => Number.isFinite(Number(text));

function missingOf(vocabulary: Vocabulary, rows: ReadonlyMap<number, unknown>, source: string): readonly string[] {
  const missing = vocabulary.toJSON().words.filter((word) => !rows.has(vocabulary.idOf(word)));
  if (rows.size === 0)
    throw new Error(
      `${source}: expected vectors of words of the vocabulary, such as \`${missing.slice(0, 3).join("`, `")}\`, ` +
        "got none: is it a text file of the same language, in lower case as the words?",
    );
  return missing;
}

/** The lines of a text in pieces, without blanks at their ends. */
async function* linesOf(chunks: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield line.trimEnd();
  }
  yield rest.trimEnd();
}
