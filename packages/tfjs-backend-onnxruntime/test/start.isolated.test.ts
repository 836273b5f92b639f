import { describe, expect, it } from "vitest";
import { runProgram } from "./processes/run.js";

const skip = process.platform === "linux" && process.arch === "x64" ? "ONNXRUNTIME_NODE_INSTALL=skip " : "";

describe("choosing the backend", () => {
  it("works where onnxruntime-node is installed", () =>
    expect(runProgram("start.ts", "none")).toMatchObject({ status: 0, stdout: "true 10000" }));

  it.each([
    ["missing", / needs onnxruntime-node 1\.30\.0, which is not installed\b/, `; run: ${skip}npm install`],
    ["other", / needs onnxruntime-node 1\.30\.0 exactly, found 1\.27\.0/, `; run: ${skip}npm install onnxruntime-node@1.30.0`], // prettier-ignore
    ["platform", / cannot load onnxruntime-node 1\.30\.0 on \w+ s390x: Cannot find module/, "onnxruntime_binding.node"],
  ])("says in one sentence, with a remedy, what is wrong: %s", (ailment, what, remedy) => {
    const { status, stdout, stderr } = runProgram("start.ts", ailment);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "false" });
    const [byTfjs, ...sentence] = stderr.split("\n");
    expect(byTfjs).toBe("Initialization of backend onnxruntime failed");
    expect(sentence).toHaveLength(1);
    expect(sentence[0]).toMatch(what);
    expect(sentence[0]).toContain(remedy);
  });
});
