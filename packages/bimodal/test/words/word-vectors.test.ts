import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inferenceContext, valueAndGradients } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { meanPhraseEncoder, readWordVectors, vocabularyOf, wordEmbedding } from "../../src/index.js";
import { loadWordVectors } from "../../src/node/index.js";

const vocabulary = vocabularyOf(["red crown", "red beak", "red crown", "été"], { minCount: 1 }); // red crown beak été
const GLOVE = "the 9 9 9\nred 1 -2 0.5\nété 3e-1 0 1\nbeak 4 5 6\nred 7 7 7\n";
const found = async (...chunks: string[]) => {
  const { rows } = await readWordVectors(chunks, vocabulary);
  return Object.fromEntries([...rows].map(([id, row]) => [id, Array.from(row, (value) => Math.fround(value))]));
};
const expected = Object.fromEntries(
  Object.entries({ red: [1, -2, 0.5], été: [0.3, 0, 1], beak: [4, 5, 6] }).map(([word, row]) => [
    vocabulary.idOf(word),
    row.map(Math.fround),
  ]),
);

it("keeps the vectors of the words of the vocabulary, and says which are missing", async () => {
  const vectors = await readWordVectors([GLOVE], vocabulary);
  expect(await found(GLOVE)).toEqual(expected);
  expect([vectors.dim, vectors.size, vectors.rows.size, vectors.missing]).toEqual([3, 6, 3, ["crown"]]);
});

it.each([
  ["in pieces of one character", [...GLOVE]],
  ["with the header of word2vec", [`5 3\n${GLOVE}`]],
  ["with a mark of byte order, returns, blanks at line ends and no last line end", [`\ufeff${GLOVE.trim().replaceAll("\n", " \r\n")}`]],
  ["with tabs", [GLOVE.replaceAll(" ", "\t")]],
  ["with words that have blanks, as GloVe's 840B", [`${GLOVE.slice(0, 10)}red name@domain.com 8 8 8\n${GLOVE.slice(10)}`]],
])("reads them %s", async (_, chunks) => expect(await found(...chunks)).toEqual(expected)); // prettier-ignore

it("takes no header for the vector of a word that is a number", async () => {
  const numbers = vocabularyOf(["2 wings"], { minCount: 1 });
  const { rows, missing } = await readWordVectors(["2 3\nwings 1 2 3\n2 4 5 6\n"], numbers);
  expect([Array.from(rows.get(numbers.idOf("2"))!), missing]).toEqual([[4, 5, 6], []]);
});

it.each([
  ["the 1 2 3\nred 1 2\n", "glove.txt:2: expected 3 numbers after `red`, as on the first line, got 2."],
  ["the 1 2 3\nred 1 2 3 4\n", "glove.txt:2: expected 3 numbers after `red`, as on the first line, got 4."],
  ["9 3\nthe 1 2 3\n\nred 1 x 3\n", "glove.txt:4: expected numbers after `red`, got `x`."],
  ["red 1 NaN 3\n", "glove.txt:1: expected numbers after `red`, got `NaN`."],
  ["red\n", "glove.txt:1: expected a word and its numbers, got `red`."],
  ["the 1 2 3\n", "glove.txt: expected vectors of words of the vocabulary, such as `red`, `crown`, `beak`, got none"],
  ["", "glove.txt: expected vectors of words of the vocabulary"],
])("says file and line: %j", (text, message) =>
  expect(readWordVectors([text], vocabulary, { source: "glove.txt" })).rejects.toThrow(message),
);

it("reads files in Node, and names them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vectors-"));
  const path = join(folder, "glove.txt");
  await writeFile(path, GLOVE);
  expect((await loadWordVectors(path, vocabulary)).missing).toEqual(["crown"]);
  await writeFile(path, `${GLOVE}crown 1\n`);
  await expect(loadWordVectors(path, vocabulary)).rejects.toThrow(`${path}:6: expected 3 numbers after \`crown\``);
  await expect(loadWordVectors(join(folder, "none.txt"), vocabulary)).rejects.toThrow("ENOENT");
  for (const other of [join(folder, "none.txt"), folder])
    await expect(loadWordVectors(other, vocabulary)).rejects.toThrow(
      `loadWordVectors: expected \`path\` to be a text file of word vectors, got ${other} (E`,
    );
});

it("fills the table; the other words are as spread as the vectors, padding is zero", async () => {
  const many = vocabularyOf(Array.from({ length: 500 }, (_, i) => `w${i}`), { minCount: 1 }); // prettier-ignore
  const given = await readWordVectors(["w0 0.1 0.5 0.3\nw1 -0.1 -0.5 -0.3"], many);
  const table = wordEmbedding({ size: many.size, dim: 3, seed: 1 }, given).params["table"]!;
  const rows = (await table.array()) as number[][];
  assertClose(rows[many.idOf("w0")]!, [0.1, 0.5, 0.3]);
  assertClose(rows[many.idOf("w1")]!, [-0.1, -0.5, -0.3]);
  expect(rows[0]).toEqual([0, 0, 0]);
  const spread = Math.sqrt((2 * (0.01 + 0.25 + 0.09)) / 6);
  assertClose(tf.sqrt(tf.mean(tf.square(tf.slice(table, 4)))), spread, 0.03);
  const random = wordEmbedding({ size: 500, dim: 3 }).params["table"]!;
  assertClose(tf.sqrt(tf.mean(tf.square(tf.slice(random, 1)))), 1, 0.05);
});

it("can be frozen, and must fit", async () => {
  const given = await readWordVectors([GLOVE], vocabulary);
  const frozen = meanPhraseEncoder({ size: 6, embedding: 3, frozen: true }, given);
  const words = tf.tensor3d([[[2, 3]]], [1, 1, 2], "int32");
  const other = tf.variable(tf.scalar(2));
  const { gradients } = valueAndGradients({ ...frozen.params, other }, () =>
    tf.sum(tf.mul(frozen.forward(words, inferenceContext()).vectors, other)),
  );
  expect(Object.keys(gradients)).toEqual(["other"]);
  expect(() => meanPhraseEncoder({ size: 6 }, given)).toThrow(
    "wordEmbedding: expected given vectors of length 300 (`dim`), got 3.",
  );
  expect(() => meanPhraseEncoder({ size: 7, embedding: 3 }, given)).toThrow(
    "wordEmbedding: expected given vectors of a vocabulary of 7 ids (`size`), got those of 6 ids.",
  );
});
