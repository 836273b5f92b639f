import { describe, expect, it } from "vitest";
import { complaints, type Failure } from "./verdict.js";

const failure = (run: string, test: string): Failure => ({ run, test, message: "Expected 2 to be 3.\nand more" });
const exclusion = (test: string) => ({ test, reason: "a flaw of the test" });

describe("the verdict of the conformance run", () => {
  it("is good when nothing fails", () => expect(complaints([], [], [])).toEqual([]));
  it("names what fails", () =>
    expect(complaints([failure("native", "exp of 0")], [failure("cpu", "exp of 0")], [])).toEqual([
      "failed on native: exp of 0\n    Expected 2 to be 3.",
    ]));
  it("excuses what is excluded and fails on cpu, too", () =>
    expect(complaints([failure("native", "a")], [failure("cpu", "a")], [exclusion("a")])).toEqual([]));
  it("does not excuse what cpu passes", () =>
    expect(complaints([failure("native", "a")], [], [exclusion("a")])).toEqual(["excluded though cpu passes it: a"]));
  it("excuses what cpu passes, where the test itself is disproved", () =>
    expect(complaints([failure("native", "a")], [], [{ ...exclusion("a"), disprovedBy: "b.test.ts" }])).toEqual([]));
  it("takes no exclusion that excuses nothing", () =>
    expect(complaints([], [failure("cpu", "a")], [exclusion("a")])).toEqual([
      "excluded for nothing, there is no such test or it passes: a",
    ]));
});
