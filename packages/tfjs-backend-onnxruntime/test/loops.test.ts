import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuKernels } from "../src/cpu/cpu-kernels.js";
import { lowerings } from "../src/lowerings/index.js";
import { loops } from "./loops/loops.js";

const folder = new URL("./", import.meta.url);
const tests = readdirSync(folder).filter((name) => name.endsWith(".test.ts") && name !== "loops.test.ts");
const text = tests.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");

/** What this package computes in a way of its own. */
const kernels = [...new Set([...lowerings.map(({ kernel }) => kernel), ...cpuKernels.map(({ name }) => name)])];

describe("every kernel that is lowered or put right", () => {
  it.each(kernels)("%s has its definition as a loop, and a test that holds all engines to it", (kernel) => {
    expect(Object.keys(loops)).toContain(kernel);
    expect(text).toMatch(new RegExp(`\\btf\\.${kernel}\\b`));
  });
});
