import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { inferenceContext, sinusoidalPositions } from "@fovea/nn";
import { assertClose, moduleContract, perturbParams, randomTensor } from "@fovea/nn/testing";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { mapTokenizer } from "../src/index.js";

const ctx = inferenceContext();
const config = { channels: 5, height: 2, width: 3, dim: 7 };
const map = randomTensor<tf.Tensor4D>([2, 2, 3, 5]);
const shapes = (module: { params: Readonly<Record<string, tf.Variable>> }) =>
  Object.fromEntries(Object.entries(module.params).map(([key, { shape }]) => [key, shape]));

describeOnEngines("mapTokenizer", () => {
  for (const position of ["learned", "sinusoidal", "none"] as const)
    for (const { name, run } of moduleContract({
      make: () => perturbParams(mapTokenizer({ ...config, position })),
      input: () => tf.clone(map),
      forward: (tokenizer, x, ctx) => tokenizer.forward(x as tf.Tensor4D, ctx),
    }))
      it(`${name}, positions ${position}`, run);

  it("makes 1 + height · width tokens, with timm's params", () => {
    const tokenizer = mapTokenizer(config);
    expect(tokenizer.tokens).toBe(7);
    expect(tokenizer.forward(map, ctx).shape).toEqual([2, 7, 7]);
    expect(shapes(tokenizer)).toEqual({
      "patch_embed.proj.weight": [5, 7],
      "patch_embed.proj.bias": [7],
      cls_token: [1, 1, 7],
      pos_embed: [1, 7, 7],
    });
    tokenizer.dispose();
  });

  it("gives the class token a position of its own", () => {
    const tokenizer = mapTokenizer(config);
    const first = tf.slice(tokenizer.forward(map, ctx), [0, 0], [-1, 1]);
    const { cls_token: cls, pos_embed: position } = tokenizer.params;
    assertClose(first, tf.tile(tf.add(cls!, tf.slice(position!, [0, 0], [-1, 1])), [2, 1, 1]));
    tokenizer.dispose();
  });

  it("reads the map row by row", () => {
    const tokenizer = mapTokenizer({ ...config, dim: 5, position: "none", classToken: false });
    tokenizer.params["patch_embed.proj.weight"]!.assign(tf.eye(5));
    assertClose(tokenizer.forward(map, ctx), tf.reshape(map, [2, 6, 5]));
    expect(tokenizer.tokens).toBe(6);
    expect(Object.keys(tokenizer.params)).toEqual(["patch_embed.proj.weight", "patch_embed.proj.bias"]);
    tokenizer.dispose();
  });

  it("adds sinusoidal positions, with nothing to learn", () => {
    const [fixed, none] = [
      mapTokenizer({ ...config, position: "sinusoidal" }),
      mapTokenizer({ ...config, position: "none" }),
    ];
    const added = tf.sub(fixed.forward(map, ctx), none.forward(map, ctx));
    assertClose(added, sinusoidalPositions({ tokens: 7, dim: 7 }).forward(tf.zeros([2, 7, 7]), ctx));
    expect(Object.keys(fixed.params)).not.toContain("pos_embed");
    fixed.dispose();
    none.dispose();
  });

  it("starts the same from the same seed, and every part from another", () => {
    const [a, b, c] = [mapTokenizer(config), mapTokenizer(config), mapTokenizer({ ...config, seed: 1 })];
    assertClose(a.params["pos_embed"]!, b.params["pos_embed"]!, 0);
    expect(() => assertClose(a.params["pos_embed"]!, c.params["pos_embed"]!)).toThrow();
    [a, b, c].forEach((one) => one.dispose());
  });
});

it("says what it refuses", () => {
  const tokenizer = mapTokenizer(config);
  expect(() => tokenizer.forward(tf.zeros([2, 3, 2, 5]), ctx)).toThrow(
    "mapTokenizer: expected `map` of shape [batch, 2, 3, 5], got [2, 3, 2, 5].",
  );
  expect(() => mapTokenizer({ ...config, width: 0 })).toThrow(
    "mapTokenizer: `width` must be a whole number of at least 1, got 0.",
  );
  tokenizer.dispose();
});
