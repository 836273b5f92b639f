import { describe, expect, it } from "vitest";
import { filesUnder, manifestOf, members, read } from "../workspace.js";
import { arrows } from "./arrows.js";
import { circles } from "./circles.js";
import { fragments } from "./doc-comments.js";
import { pageEntries, pageProblems, runsIn, runsInOf } from "./pages.js";
import { undocumentedOptions } from "./undocumented-options.js";
import { violations, type SourceFile } from "./violations.js";
import { wideComments } from "./wide-comments.js";

const filesOf = (folder: string): SourceFile[] =>
  filesUnder(folder)
    .filter((path) => /\.[mc]?tsx?$/.test(path))
    .map((path) => ({ path, text: read(path) }));

describe("the layout", () => {
  it.each(members)("of %s is as pictured", (member) => {
    const sources = filesOf(`${member}/src`);
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap(violations)).toEqual([]);
  });

  it.each(members)("of %s has no files that import one another in a circle", (member) => {
    expect(circles(filesOf(`${member}/src`))).toEqual([]);
  });

  it.each(members)("of %s has doc comments that stand alone", (member) => {
    expect(filesOf(`${member}/src`).flatMap(fragments)).toEqual([]);
  });

  const folders = [...members.flatMap((member) => [`${member}/src`, `${member}/test`]), "tools"];
  it.each(folders)("of %s has no comment wider than 120 characters", (folder) => {
    expect(filesOf(folder).flatMap(wideComments)).toEqual([]);
  });

  it.each(members)("of %s documents every option, with its default", (member) => {
    expect(filesOf(`${member}/src`).flatMap(undocumentedOptions)).toEqual([]);
  });

  it.each(members)("of %s agrees with its package.json", (member) => {
    const { dependencies, peerDependencies } = manifestOf(member);
    const names = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name.startsWith("@fovea/"));
    const text = names.map((name) => `import "${name}";`).join("\n");
    expect(violations({ path: `${member}/package.json`, text })).toEqual([]);
  });

  it("is drawn without a cycle and without a member that does not exist", () => {
    const drawn = Object.keys(arrows); // in an order in which nothing is used before it is drawn
    expect([...drawn].sort()).toEqual([...members].sort());
    drawn.forEach((member, i) => {
      const earlier = drawn.slice(0, i).map((other) => other.split("/")[1]);
      expect(earlier).toEqual(expect.arrayContaining([...arrows[member]!]));
    });
  });
});

describe("every published package", () => {
  const published = members.filter((member) => !manifestOf(member).private);

  it.each(published)("%s carries the licence", (member) => {
    expect(filesUnder(member)).toContain(`${member}/LICENSE`);
    expect(read(`${member}/LICENSE`)).toBe(read("LICENSE"));
  });

  it.each(published)("%s has a README of the usual sections, in their order", (member) => {
    const sections = [...read(`${member}/README.md`).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(sections).toEqual(["Use", "Choose", "Contract", "Add your own", "Limits"]);
  });

  it.each(published)("%s says in its README which entries run in Node, and which in a browser too", (member) => {
    expect(runsInOf(member)).toEqual(runsIn(member));
  });

  it.each(published)("%s exports its source, for work without a build", (member) => {
    const entries = Object.entries(manifestOf(member).exports ?? {}).filter(([name]) => name !== "./package.json");
    for (const [, targets] of entries) expect(Object.keys(targets as object)[0]).toBe("@fovea/source");
  });
});

describe("a page can load", () => {
  const entries = Object.entries(pageEntries).flatMap(([member, names]) =>
    names.map((name) => [member, name] as const),
  );
  it.each(entries)("%s, entry %s", (member, entry) => expect(pageProblems(member, entry)).toEqual([]));

  it("not what is for Node", () => {
    expect(pageProblems("packages/train", "./node")).toEqual(
      expect.arrayContaining([
        'packages/train/src/node/callbacks/progress-bar.ts imports "cli-progress": not known to load in a page (tools/layout/pages.ts).',
        'packages/train/src/node/checkpoint/folder-lock.ts imports "@fovea/nn/node": that entry is for Node alone.',
        'packages/train/src/node/checkpoint/read-checkpoint.ts imports "node:fs/promises": a page has no such module.',
        "packages/train/src/node/interrupt.ts uses `process`, which a page has not.",
      ]),
    );
    expect(pageProblems("packages/engine", ".").join()).toContain('imports "node:module"');
    expect(pageProblems("packages/nn", "./nothing")).toEqual(['packages/nn has no entry "./nothing".']);
  });

  it.each([
    ["import { open } from 'fs';", 1],
    ["import type { FileHandle } from 'node:fs/promises';", 1],
    ["const x = await import('sharp');", 1],
    ["const bytes = Buffer.from([1]);", 1],
    ["if (typeof process !== 'undefined') x();", 1], // bundlers replace it
    ["const { process } = globalThis as { process?: { on(): void } }; process?.on();", 0],
    ["const word = { process: 1 }.process;", 0],
    ["// process.cwd()", 0],
  ])("%s: problems %i", (text, problems) => {
    expect(pageProblems("packages/losses", ".", () => text)).toHaveLength(problems);
  });
});

describe("the layout test catches", () => {
  const broken = (path: string, text: string) => violations({ path, text });

  it.each([
    ["a sibling", "packages/fusion/src/a.ts", 'import { x } from "@fovea/losses";'],
    ["a sibling's type", "packages/fusion/src/a.ts", 'import type { X } from "@fovea/losses";'],
    ["a sibling re-exported", "packages/train/src/a.ts", 'export { x } from "@fovea/data/node";'],
    ["a sibling loaded late", "packages/data/src/a.ts", 'const x = await import("@fovea/train");'],
    ["data in a model", "packages/models/src/a.ts", 'import { x } from "@fovea/data";'],
    ["the engine in a library", "packages/nn/src/a.ts", 'import { useEngine } from "@fovea/engine";'],
    ["open sets in a library", "packages/train/src/a.ts", 'import { x } from "@fovea/open-datasets";'],
    ["another package's file", "apps/demo/src/a.ts", 'import { x } from "@fovea/nn/src/module.js";'],
    ["a path out of the package", "packages/nn/src/b/a.ts", 'import { x } from "../../../losses/src/index.js";'],
    ["itself by name", "packages/nn/src/a.ts", 'import { x } from "@fovea/nn";'],
    [
      "a deep path into tfjs-core",
      "packages/engine/src/a.ts",
      'import "@tensorflow/tfjs-core/dist/register_all_gradients";',
    ],
    ["tfjs-layers", "packages/backbones/src/a.ts", 'import * as layers from "@tensorflow/tfjs-layers";'],
    ["a backend", "apps/bench/src/a.ts", 'import "@tensorflow/tfjs-backend-wasm";'],
    ["a choice of engine", "packages/nn/src/a.ts", 'await tf.setBackend("wasm");'],
    ["a package nobody drew", "packages/new/src/a.ts", 'import "@fovea/nn";'],
  ])("%s", (_, path, text) => expect(broken(path, text)).toHaveLength(1));

  it.each([
    ["a contract", "packages/fusion/src/a.ts", 'import { matchShapes } from "@fovea/nn";\nimport "@fovea/nn/testing";'],
    ["a neighbour file", "packages/fusion/src/b/a.ts", 'import { x } from "../views.js";'],
    ["tfjs-core", "packages/fusion/src/a.ts", 'import * as tf from "@tensorflow/tfjs-core";'],
    [
      "the engine's own imports",
      "packages/engine/src/a.ts",
      'import "@tensorflow/tfjs-backend-wasm";\ntf.setBackend("wasm");',
    ],
    ["an import in a comment", "packages/fusion/src/a.ts", '/** @example import { x } from "@fovea/losses" */'],
  ])("but not %s", (_, path, text) => expect(broken(path, text)).toEqual([]));

  it("files in a circle, by types too", () => {
    const files = [
      { path: "packages/nn/src/a.ts", text: 'import { x } from "./b/b.js";' },
      { path: "packages/nn/src/b/b.ts", text: 'import "./c.js";' },
      { path: "packages/nn/src/b/c.ts", text: 'import type { X } from "../a.js";' },
    ];
    expect(circles(files)).toEqual([
      "packages/nn/src/a.ts → packages/nn/src/b/b.ts → packages/nn/src/b/c.ts → packages/nn/src/a.ts",
    ]);
    expect(circles(files.slice(0, 2))).toEqual([]);
  });

  it("doc comments that go on from another sentence", () => {
    const text = "/** Of the first stage. */\n/** A stage. */\n/**\n * Whose weights are kept.\n */\n/** Offsets. */";
    expect(fragments({ path: "a.ts", text })).toEqual(["a.ts:1", "a.ts:3"]);
  });

  it("comments over 120 characters, and not code", () => {
    const words = "word ".repeat(30);
    const text = `/**\n * ${words}\n */\nconst x = "${words}";\nf(); // ${words}\n// ${words}`;
    expect(wideComments({ path: "a.ts", text })).toEqual(["a.ts:2", "a.ts:5", "a.ts:6"]);
  });

  it("options without a doc comment, or without their default in it", () => {
    const fields = ["/** Sides. */ a: 1;", "b: 2;", "/** Seed. */ c?: 3;", "/** Seed. Default 0. */ d?: 4;"];
    const text = `export interface AOptions {\n${fields.join("\n")}\n}\ninterface BOptions { x: 1 }`;
    expect(undocumentedOptions({ path: "a.ts", text })).toEqual([
      "a.ts AOptions",
      "a.ts AOptions.b",
      "a.ts AOptions.c: no default",
    ]);
  });

  it("and says which file, which import and what is allowed", () => {
    expect(broken("packages/fusion/src/a.ts", 'import "@fovea/losses";')).toEqual([
      'packages/fusion/src/a.ts imports "@fovea/losses": packages/fusion may import nn (tools/layout/arrows.ts).',
    ]);
  });
});
