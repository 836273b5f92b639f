import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, expectTypeOf, it } from "vitest";
import { matchShapes, ShapeError } from "../src/index.js";

const shaped = (...shape: number[]): { shape: number[] } => ({ shape });

describe("matchShapes", () => {
  it("binds axes by name", () => {
    const axes = matchShapes("f", { a: "batch dim", b: "batch 3 tokens" }, { a: shaped(2, 5), b: shaped(2, 3, 7) });
    expect(axes).toEqual({ batch: 2, dim: 5, tokens: 7 });
    expectTypeOf(axes).toEqualTypeOf<{ readonly batch: number; readonly dim: number; readonly tokens: number }>();
  });

  it("skips any number of axes at `...`", () => {
    expect(matchShapes("f", { a: "batch ... dim" }, { a: shaped(2, 3, 5, 7) })).toEqual({ batch: 2, dim: 7 });
    expect(matchShapes("f", { a: "... 7" }, { a: shaped(7) })).toEqual({});
    expect(matchShapes("f", { a: "batch ..." }, { a: shaped(2) })).toEqual({ batch: 2 });
  });

  it("takes tensors", () => expect(matchShapes("f", { a: "n" }, { a: tf.zeros([3]) })).toEqual({ n: 3 }));

  it.each([
    [
      "another size",
      { a: "batch dim", b: "batch dim" },
      [8, 16],
      [4, 16],
      "`b` of shape [batch, dim] (batch=8 from `a`, dim=16 from `a`), got [4, 16].",
    ],
    [
      "another rank",
      { a: "batch", b: "batch dim" },
      [8],
      [8],
      "`b` of shape [batch, dim] (batch=8 from `a`), got [8].",
    ],
    ["a wrong number", { a: "batch 3", b: "..." }, [8, 4], [1], "`a` of shape [batch, 3], got [8, 4]."],
    ["too few axes for `...`", { a: "n n ... c", b: "..." }, [3, 3], [1], "`a` of shape [n, n, ..., c], got [3, 3]."],
    ["one name, two sizes", { a: "n n", b: "..." }, [3, 4], [1], "`a` of shape [n, n], got [3, 4]."],
  ] as const)("refuses %s", (_, specs, a, b, message) => {
    const call = () => matchShapes("f", specs as Record<string, string>, { a: shaped(...a), b: shaped(...b) });
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(`f: expected ${message}`);
  });
});
