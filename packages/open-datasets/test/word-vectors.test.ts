import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { emojiTexts, wordVectors, wordVectorSource } from "@fovea/open-datasets";

const table = async () => {
  const lines = (await text(wordVectors())).trimEnd().split("\n");
  return new Map(lines.map((line) => [line.split(" ")[0]!, line.split(" ").slice(1).map(Number)]));
};

it("has 100 numbers for each word, and words that mean alike have like vectors", async () => {
  const vectors = await table();
  expect(vectors.size).toBeGreaterThan(2000);
  for (const vector of vectors.values()) expect(vector.filter(Number.isFinite)).toHaveLength(100);
  const cosine = (a: string, b: string) => {
    const [x, y] = [vectors.get(a)!, vectors.get(b)!];
    const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };
  expect(cosine("white", "black")).toBeGreaterThan(0.7);
  expect(cosine("white", "percent")).toBeLessThan(0.5);
});

it("knows nearly every word of the sentences about emojis", async () => {
  const vectors = await table();
  const { test } = await emojiTexts({ size: 32, renderings: { train: 1, validation: 1, test: 1 } });
  const sentences = (await Promise.all(test.items.map((item) => item.captions()))).flat();
  const words = sentences.flatMap((sentence) => sentence.toLowerCase().match(/[a-z]{2,}/g) ?? []);
  expect(words.filter((word) => vectors.has(word)).length / words.length).toBeGreaterThan(0.95);
});

it("is credited in the README", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const row = readme.split("\n").find((line) => line.startsWith("| GloVe")) ?? "";
  const { author, url, license, licenseText } = wordVectorSource;
  for (const fact of [author, url, license, licenseText]) expect(row).toContain(fact);
});
