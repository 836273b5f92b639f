import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedPhrases, type Described } from "@fovea/bimodal/node";
import { takeLock } from "@fovea/nn/node";
import { beforeEach, describe, expect, it } from "vitest";

let path: string;
let asked: string[];
/** Takes every word for a phrase, and notes what it was asked. */
const extract = (sentence: string) => {
  asked.push(sentence);
  return sentence.split(" ").filter((word) => word.trim() !== "");
};
const item = (id: string, ...captions: string[]): Described => ({ id, captions: () => Promise.resolve(captions) });
const content = () => readFileSync(path, "utf8");
const write = (...lines: string[]) => writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
const line = (id: string, ...sentences: [text: string, ...phrases: string[]][]) =>
  JSON.stringify({ id, sentences: sentences.map(([text, ...phrases]) => ({ text, phrases })) });

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "phrases-")), "phrases.jsonl");
  asked = [];
});

describe("cachedPhrases", () => {
  it("writes one line an item, made to be read, and gives the phrases by id", async () => {
    const phrases = await cachedPhrases(path, [item("a", "red crown", "tail"), item("b")], extract);
    expect(content()).toBe(
      '{"id": "a", "sentences": [{"text": "red crown", "phrases": ["red", "crown"]}, {"text": "tail", "phrases": ["tail"]}]}\n' +
        '{"id": "b", "sentences": []}\n',
    );
    expect([...phrases]).toEqual([
      ["a", [{ text: "red crown", phrases: ["red", "crown"] }, { text: "tail", phrases: ["tail"] }]], // prettier-ignore
      ["b", []],
    ]);
  });

  it("extracts only what the file does not have, and then writes nothing", async () => {
    const first = await cachedPhrases(path, [item("a", "red crown")], extract);
    utimesSync(path, 1, 1);
    asked = [];
    expect(await cachedPhrases(path, [item("a", "red crown")], extract)).toEqual(first);
    expect([asked, statSync(path).mtimeMs]).toEqual([[], 1000]);
    await cachedPhrases(path, [item("b", "tail"), item("a", "red crown", "wing")], extract);
    expect(asked).toEqual(["tail", "wing"]);
    expect(content().split("\n").map((row) => row.slice(0, 9))).toEqual(['{"id": "a', '{"id": "b', ""]); // prettier-ignore
  });

  it("keeps the phrases that a person wrote, while the sentence is the same", async () => {
    write(line("a", ["red crown", "red crown"], ["blue wing", "sky"]));
    const phrases = await cachedPhrases(path, [item("a", "blue wing", "red crowns")], extract);
    expect(phrases.get("a")).toEqual([
      { text: "blue wing", phrases: ["sky"] },
      { text: "red crowns", phrases: ["red", "crowns"] },
    ]);
    expect(asked).toEqual(["red crowns"]);
  });

  it("keeps lines that need no change as they are written, and those of other items", async () => {
    const [own, other] = ['{ "id":"a",  "sentences": [{"text":"x","phrases":["Red  Crown"]}]}', line("z", ["y", "y"])];
    write(own, other);
    const phrases = await cachedPhrases(path, [item("b", "tail"), item("a", "x")], extract);
    expect(content().split("\n").slice(0, 2)).toEqual([own, other]);
    expect(phrases.get("a")).toEqual([{ text: "x", phrases: ["red crown"] }]);
    expect([...phrases.keys()]).toEqual(["b", "a"]);
  });

  it("a sentence that is there twice keeps the phrases of each", async () => {
    write(line("a", ["x", "one"], ["x", "two"], ["y", "y"]));
    const phrases = await cachedPhrases(path, [item("a", "x", "x", "x")], extract);
    expect(phrases.get("a")!.map(({ phrases: [first] }) => first)).toEqual(["one", "two", "x"]);
  });

  it("takes any text and id, and the files of editors of other systems", async () => {
    const items = [item("__proto__", 'a "quoted" \\ \n \u0000 \u2028 😀 طائر', ""), item("constructor", "x")];
    const phrases = await cachedPhrases(path, items, extract);
    writeFileSync(path, `\ufeff${content().replaceAll("\n", "\r\n")}\r\n  \r\n`);
    asked = [];
    expect(await cachedPhrases(path, items, extract)).toEqual(phrases);
    expect(asked).toEqual([]);
  });

  it("puts what an extractor of the caller's gives into the usual form, and refuses what is no phrase", async () => {
    const phrases = await cachedPhrases(path, [item("a", "x")], () => ["Red  Crown"]);
    expect(phrases.get("a")).toEqual([{ text: "x", phrases: ["red crown"] }]);
    await expect(cachedPhrases(path, [item("b", "x")], () => [" "])).rejects.toThrow(
      'cachedPhrases: expected `extract` to give phrases of at least one word, got " ".',
    );
  });

  it("makes missing folders, and tells how far it is", async () => {
    path = join(path, "..", "new", "folder", "phrases.jsonl");
    const told: number[][] = [];
    const onItem = (...progress: [number, number]) => void told.push(progress);
    await cachedPhrases(path, [item("a", "x"), item("b", "y")], extract, { onItem });
    expect([existsSync(path), told]).toEqual([true, [[1, 2], [2, 2]]]); // prettier-ignore
  });
});

describe("cachedPhrases leaves the file as it was, and no lock", () => {
  const before = line("a", ["x", "x"]);
  const left = () => [content(), readdirSync(join(path, ".."))];
  beforeEach(() => write(before));

  it("if a caption cannot be read", async () => {
    const bad: Described = { id: "c", captions: () => Promise.reject(new Error("there is no text of c")) };
    await expect(cachedPhrases(path, [item("b", "y"), bad], extract)).rejects.toThrow("there is no text of c");
    expect(left()).toEqual([`${before}\n`, ["phrases.jsonl"]]);
  });

  it("if it is stopped", async () => {
    const stop = new AbortController();
    const onItem = () => stop.abort(new Error("stopped"));
    const work = cachedPhrases(path, [item("b", "y"), item("c", "z")], extract, { onItem, signal: stop.signal });
    await expect(work).rejects.toThrow("stopped");
    expect(left()).toEqual([`${before}\n`, ["phrases.jsonl"]]);
  });

  it("if two items have one id", async () => {
    await expect(cachedPhrases(path, [item("b", "y"), item("b", "z")], extract)).rejects.toThrow(
      'cachedPhrases: expected `items` with an id of their own, got "b" twice.',
    );
    expect(left()).toEqual([`${before}\n`, ["phrases.jsonl"]]);
  });
});

it("processes that use one file work one after another, and none loses what the other wrote", async () => {
  const taken = takeLock(`${path}.lock`);
  const both = ["a", "b"].map((id) => cachedPhrases(path, [item(id, id)], extract));
  write(line("z", ["z", "z"]));
  taken.lock!.release();
  await Promise.all(both);
  expect(content().split("\n").map((row) => row.slice(0, 20)).filter(Boolean)).toHaveLength(3); // prettier-ignore
  expect([
    ...(await cachedPhrases(path, [item("a", "a"), item("b", "b"), item("z", "z")], extract)).keys(),
  ]).toHaveLength(3);
  expect(asked.toSorted()).toEqual(["a", "b"]);
});

describe("a bad line is told by file and line", () => {
  const shape = '{"id": "…", "sentences": [{"text": "…", "phrases": ["…", …]}, …]}';
  it.each([
    ["{", `JSON, ${shape}, got { (`],
    ['{"id": 1, "sentences": []}', `${shape}, got {"id": 1, "sentences": []}`],
    ['{"id": "b"}', `${shape}, got {"id": "b"}`],
    ["null", `${shape}, got null`],
    ['{"id": "b", "sentences": ["x"]}', 'sentences {"text": "…", "phrases": ["…", …]}, got "x"'],
    ['{"id": "b", "sentences": [{"text": "x"}]}', 'sentences {"text": "…", "phrases": ["…", …]}, got {"text":"x"}'],
    [line("b", ["x", "  "]), 'phrases of at least one word, got "  "'],
    ['{"id": "b", "sentences": [{"text": "x", "phrases": [7]}]}', "phrases of at least one word, got 7"],
    [line("a", ["x", "x"]), 'every image on one line, got a second line of "a"'],
    [`{"id": "${"b".repeat(1000)}"}`, `${shape}, got {"id": "${"b".repeat(71)}…`],
  ])("%s", async (bad, told) => {
    write(line("a", ["x", "x"]), "", bad);
    await expect(cachedPhrases(path, [item("a", "x")], extract)).rejects.toThrow(
      `cachedPhrases: ${path}:3: expected ${told}`,
    );
  });
});
