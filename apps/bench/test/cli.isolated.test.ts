import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ENGINES, count, countList, engineList, factor, modeList, outputFile, seed, sideList } from "../src/options.js";
import { readResults } from "../src/results.js";
import { bench, NO_TIMEOUT } from "./fixtures/bench.js";

describe("bench", NO_TIMEOUT, () => {
  it("measures, prints and saves", () => {
    const folder = mkdtempSync(join(tmpdir(), "fovea-bench-"));
    const [json, md] = [join(folder, "a.json"), join(folder, "a.md")];
    const sizes = ["--batch", "2,3", "--mode", "infer", "--engine", "wasm"];
    const { status, stdout, stderr } = bench("loss/mutual", ...sizes, "--json", json, "--md", md);
    expect(stderr).toMatch(/100 %.* ETA .* 2\/2 loss\/mutual infer 3, wasm: /); // the last row ends last
    expect(stdout).toMatch(/engine: wasm\ncase .*\n.*\nloss\/mutual +infer 2 .*\n +infer 3 /);
    expect(status).toBe(0);
    expect(readResults(json).rows.map(({ batch, status }) => [batch, status])).toEqual([
      [2, "ok"],
      [3, "ok"],
    ]);
    expect(readFileSync(md, "utf8")).toMatch("| loss/mutual | wasm | infer 2 |");
  });

  it("tells which kernels a step spends its time in", () => {
    const { status, stdout } = bench("profile", "loss/mutual", "--batch", "2", "--steps", "2", "--top", "3");
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^loss\/mutual train 2, \w+: [\d.]+ ms a step, [\d.]+ of them in kernels\nkernel .*%\n(.+\n){3}$/,
    );
  });

  it("tells which operators a compiled step spends its time in", () => {
    const { status, stdout } = bench(
      "profile",
      "op/matmul",
      "--compiled",
      "--batch",
      "2",
      "--steps",
      "2",
      "--threads",
      "1",
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^op\/matmul train 2, 1 thread, onnxruntime-compiled: [\d.]+ ms a step, [\d.]+ of them in operators\noperator .*%\n/,
    );
    expect(stdout).toMatch(/^(Fused)?MatMul +2×1024, \d+×1024 +\d/m);
    expect(bench("profile", "op/matmul", "--compiled", "--engine", "wasm").status).toBe(2);
  });

  it("refuses bad input in one line, with exit code 2", () => {
    const { status, stdout, stderr } = bench("nothing/*");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.trim()).toMatch(/^bench: no case matches `nothing\/\*`.*$/);
    expect(bench("--engine", "abacus").status).toBe(2);
  });
});

describe("options", () => {
  it("are lists without repetitions", () => {
    expect(engineList("wasm,cpu,wasm")).toEqual(["wasm", "cpu"]);
    expect(modeList("train")).toEqual(["train"]);
    expect(countList("8,1,8")).toEqual([8, 1]);
    expect(sideList("1000,256,1000")).toEqual([1000, 256]);
    expect(seed("-3")).toBe(-3);
    expect(factor("2.5")).toBe(2.5);
  });

  it.each([
    [() => engineList("wasm,abacus"), `\`abacus\` is none of ${ENGINES.join(", ")}.`],
    [() => modeList(""), "`` is none of infer, train, read."],
    [() => count("0"), "expected a whole number of at least 1, got `0`."],
    [() => countList("1,2.5"), "expected a whole number of at least 1, got `2.5`."],
    [() => sideList("100,1000"), "expected a side of at least 256 whole pixels, got `100`."],
    [() => seed(""), "expected a whole number, got ``."],
    [() => factor("fast"), "expected a number above 0, got `fast`."],
    [() => factor("0"), "expected a number above 0, got `0`."],
    [() => outputFile("/no/such/folder/a.json"), "there is no folder `/no/such/folder`."],
  ])("are refused before anything runs (%#)", (parse, message) => expect(parse).toThrow(message));
});
