import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { waitForLock, writeFileAtomic } from "@fovea/nn/node";
import type { PhraseExtractor } from "../phrases/phrase-extractor.js";
import { phraseLine, plainPhrase, readPhraseLines, type PhraseLine, type SentencePhrases } from "./phrase-lines.js";

/** An image, or anything else, that people have described. */
export interface Described {
  /** Names it; no other of the list has the same. */
  readonly id: string;
  /** The sentences about it, read when asked for. */
  captions(): Promise<readonly string[]>;
}

/** Options of `cachedPhrases`. */
export interface CachedPhrasesOptions {
  /** Is called after each item, with the number of items that are done. Default: nothing is. */
  readonly onItem?: ((done: number, total: number) => void) | undefined;
  /** Stops the work; the file stays as it was. Default: nothing does. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The sentences of all items with their noun phrases, by id, in the order of `captions()`. They are kept in a file of
 * one line an item, which people can read and edit:
 *
 *     {"id": "001.jpg", "sentences": [{"text": "A bird with a red crown.", "phrases": ["bird", "red crown"]}]}
 *
 * A sentence that the file has, letter by letter, keeps the phrases that stand there, those that a person has changed
 * too; only the others are extracted. Sentences that an item has no longer are dropped from its line; lines of other
 * items stay, and lines that need no change stay as they are written. The file does not know the extractor: for another
 * one take another file.
 *
 * The file is written once, after the last item, and is complete or as before. Of processes that use one path, one
 * works, and the others wait for it.
 *
 * @param path - the file; missing folders are made
 * @throws RangeError if two items have one id, or `extract` gives a phrase without a word
 * @throws Error that says file and line if a line is not of that form; what `captions` throws
 */
export async function cachedPhrases(
  path: string,
  items: readonly Described[],
  extract: PhraseExtractor,
  { onItem, signal }: CachedPhrasesOptions = {},
): Promise<ReadonlyMap<string, readonly SentencePhrases[]>> {
  requireOwnIds(items);
  await mkdir(dirname(path), { recursive: true });
  const lock = await waitForLock(`${path}.lock`, { who: "cachedPhrases", signal });
  try {
    const before = await textOf(path);
    const lines = readPhraseLines(before, path);
    for (const [i, item] of items.entries()) {
      signal?.throwIfAborted();
      lines.set(item.id, lineFor(item.id, await item.captions(), lines.get(item.id), extract));
      onItem?.(i + 1, items.length);
    }
    const after = [...lines.values()].map(({ source }) => `${source}\n`).join("");
    if (after !== before) await writeFileAtomic(path, after);
    return new Map(items.map(({ id }) => [id, lines.get(id)!.sentences]));
  } finally {
    lock.release();
  }
}

/** The line that there is, if its sentences are the same; otherwise one that takes over what is the same. */
function lineFor(
  id: string,
  captions: readonly string[],
  line: PhraseLine | undefined,
  extract: PhraseExtractor,
): PhraseLine {
  const known = [...(line?.sentences ?? [])];
  if (line && captions.length === known.length && captions.every((text, i) => text === known[i]!.text)) return line;
  const sentences = captions.map((text) => {
    const at = known.findIndex((sentence) => sentence.text === text);
    if (at < 0) return { text, phrases: extracted(text, extract) };
    return known.splice(at, 1)[0]!; // taken away, since a sentence may be there twice
  });
  return phraseLine(id, sentences);
}

const extracted = (text: string, extract: PhraseExtractor): string[] =>
  extract(text).map((phrase) => {
    const plain = plainPhrase(phrase);
    if (plain !== "") return plain;
    const got = JSON.stringify(phrase);
    throw new RangeError(`cachedPhrases: expected \`extract\` to give phrases of at least one word, got ${got}.`);
  });

function requireOwnIds(items: readonly Described[]): void {
  const ids = new Set<string>();
  for (const { id } of items) {
    if (ids.has(id))
      throw new RangeError(`cachedPhrases: expected \`items\` with an id of their own, got "${id}" twice.`);
    ids.add(id);
  }
}

/** "" if there is no such file. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
