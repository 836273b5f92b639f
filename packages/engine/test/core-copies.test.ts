import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { coreCopies, requireOneCore } from "../src/core-copies.js";

const project = realpathSync(mkdtempSync(join(tmpdir(), "fovea-core-copies-")));
const core = join(project, "node_modules", "@tensorflow", "tfjs-core");
mkdirSync(join(core, "dist"), { recursive: true });
writeFileSync(join(core, "package.json"), JSON.stringify({ name: "@tensorflow/tfjs-core", version: "4.20.0", main: "dist/index.js" })); // prettier-ignore
writeFileSync(join(core, "dist", "index.js"), "");

afterAll(() => rmSync(project, { recursive: true }));

describe("coreCopies", () => {
  it("finds the one of this repository", () => {
    expect(coreCopies()).toHaveLength(1);
    expect(() => requireOneCore()).not.toThrow();
  });

  it("finds another that a module elsewhere would load, and names both", () => {
    const copies = coreCopies(join(project, "index.js"));
    expect(copies).toContainEqual({ path: core, version: "4.20.0" });
    const both = [...coreCopies(), { path: core, version: "4.20.0" }];
    const message = () => requireOneCore(both);
    expect(message).toThrow("useEngine: expected one @tensorflow/tfjs-core in this process, found 2:");
    expect(message).toThrow(`4.20.0  ${core}`);
    expect(message).toThrow("npm ls @tensorflow/tfjs-core");
    expect(message).toThrow("npm dedupe");
  });
});
