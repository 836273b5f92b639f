import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesUnder, members, read, root } from "../workspace.js";
import { needsIsolation } from "./needs-isolation.js";

const readIfThere = (path: string) => (existsSync(join(root, path)) ? read(path) : undefined);

describe("a test that shares its process", () => {
  const tests = [...members.map((member) => `${member}/test`), "tools"]
    .flatMap(filesUnder)
    .filter((path) => path.endsWith(".test.ts") && !path.endsWith(".isolated.test.ts"));

  it("does nothing that lasts; else it is named *.isolated.test.ts", () => {
    expect(tests.length).toBeGreaterThan(100);
    const others = tests.filter((path) => path !== "tools/vitest/needs-isolation.test.ts"); // it quotes all of it
    expect(others.flatMap((path) => needsIsolation({ path, text: read(path) }, readIfThere))).toEqual([]);
  });
});

describe("needsIsolation", () => {
  const found = (text: string, files: Readonly<Record<string, string>> = {}) =>
    needsIsolation({ path: "packages/nn/test/a/a.test.ts", text }, (path) => files[path]);

  it.each([
    ["processes", 'import { spawn } from "node:child_process";', "starts processes"],
    ["threads", 'import { Worker } from "node:worker_threads";', "starts threads"],
    ["mocked modules", 'vi.mock("node:fs");', "replaces modules"],
    ["a backend that is registered", 'tf.registerBackend("odd", make);', "changes what tfjs has registered"],
    ["a kernel that is taken away", 'tf.unregisterKernel("Add", "cpu");', "changes what tfjs has registered"],
    ["listeners", 'process.on("exit", f);', "listens to the process"],
    ["an end", "process.exit(1);", "ends the process"],
  ])("finds %s", (_, text, what) => expect(found(text)).toEqual([`packages/nn/test/a/a.test.ts ${what}`]));

  it("finds them in helpers of helpers, and passes over the sources under test", () => {
    const spawns = 'import { spawn } from "node:child_process";';
    const files = {
      "packages/nn/test/one.ts": 'import "./two.js"; import "./a/a.test.js";',
      "packages/nn/test/two.ts": spawns,
      "packages/nn/src/index.ts": spawns,
    };
    expect(found('import "../one.js"; import "../../src/index.js";', files)).toEqual([
      "packages/nn/test/two.ts starts processes",
    ]);
  });

  it("finds nothing in a test that picks an engine, which is picked anew for the next file", () =>
    expect(found('await tf.setBackend("cpu");')).toEqual([]));
});
