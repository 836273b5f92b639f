import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { inferenceContext, rng, scope, trainingContext } from "../src/index.js";

it("scope gives each name its own random stream, and keeps the mode", () => {
  const ctx = trainingContext(rng(1));
  expect(scope(ctx, "a").rng.key).toEqual(rng(1).split("a").key);
  expect(scope(ctx, "a").rng.key).not.toEqual(scope(ctx, "b").rng.key);
  expect(scope(ctx, "a").training).toBe(true);
  expect(scope(inferenceContext(), "a").training).toBe(false);
});

it("scope puts its name in front of what is tapped inside", () => {
  const seen: string[] = [];
  const ctx = scope(
    scope(
      inferenceContext((name) => seen.push(name)),
      "block",
    ),
    "attn",
  );
  ctx.tap?.("attention", tf.scalar(1));
  expect(seen).toEqual(["block/attn/attention"]);
  expect(scope(inferenceContext(), "a")).not.toHaveProperty("tap");
});

it("inference has no random numbers, in no scope", () => {
  const { rng } = scope(inferenceContext(), "a");
  for (const draw of [
    () => rng.uniform(1),
    () => rng.split("b").normal(1),
    () => rng.integer(2),
    () => rng.permutation(2),
  ])
    expect(draw).toThrow(
      "inferenceContext: expected a pass without random numbers, but one was drawn; use `trainingContext(rng)`",
    );
});
