import "../vitest/setup.js";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { members, read, root } from "../workspace.js";
import { moduleText, tsBlocks } from "./blocks.js";
import { exampleHub } from "./hub.js";
import { typeErrors } from "./type-errors.js";

const documents = ["README.md", "CONTRIBUTING.md", ...members.map((member) => `${member}/README.md`)].filter((path) =>
  existsSync(join(root, path)),
);

// inside the workspace, so that packages resolve by name to their source; outside node_modules, so that they are
// transformed
const folder = join(root, ".cache", "readme");
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const blocks = documents.flatMap((path) =>
  tsBlocks(read(path)).map((block, i) => {
    const file = join(folder, `${path.replaceAll("/", "__")}.${i + 1}.ts`);
    writeFileSync(file, moduleText(block));
    return [`${path}: block ${i + 1} (line ${block.line + 1})`, file] as const;
  }),
);

describe("code in the documentation runs", () => {
  const home = process.cwd();
  const scratch = mkdtempSync(join(tmpdir(), "fovea-readme-"));
  let engine: string;
  let hub: Awaited<ReturnType<typeof exampleHub>>;

  beforeAll(async () => {
    hub = await exampleHub();
    vi.stubEnv("HF_ENDPOINT", hub.endpoint);
    vi.stubEnv("FOVEA_CACHE", join(scratch, "cache"));
  });
  beforeEach(() => {
    engine = tf.getBackend();
    process.chdir(scratch); // a block that writes a file writes it there
    vi.spyOn(console, "log").mockImplementation(() => {});
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    process.chdir(home);
    await tf.setBackend(engine);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await hub.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each(blocks)("%s", async (_, file) => {
    await import(/* @vite-ignore */ file);
  });
});

describe("code in the documentation", () => {
  it("has the right types", () => {
    const wrong = join(folder, "wrong-on-purpose.ts"); // shows that an error would be seen, at its line
    writeFileSync(wrong, moduleText({ code: 'import { rng } from "@fovea/nn";\nrng("seed");', line: 2 }));
    const errors = typeErrors([...blocks.map(([, file]) => file), wrong]);
    expect(errors).toEqual([expect.stringContaining("wrong-on-purpose.ts:4: Argument of type 'string'")]);
  });
});

describe("tsBlocks", () => {
  it("takes the blocks marked ts and nothing else", () => {
    const markdown = [
      "a",
      "```ts",
      "one",
      "```",
      "```text",
      "```ts",
      "```",
      "````md",
      "```ts",
      "no",
      "```",
      "````",
      "```ts",
      "two",
      "```",
    ];
    expect(tsBlocks(markdown.join("\n")).map(({ code }) => code)).toEqual(["one", "two"]);
  });

  it("keeps line numbers", () => {
    const [block] = tsBlocks("# title\n\n```ts\ncode\n```\n");
    expect(moduleText(block!).split("\n").indexOf("code") + 1).toBe(4);
  });

  it("refuses a block that is never closed", () => {
    expect(() => tsBlocks("a\n```ts\ncode")).toThrow("tsBlocks: the block opened in line 2 is never closed.");
  });
});
