import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { inferenceContext, loadWeights, scope } from "@fovea/nn";
import { assertClose, moduleContract, randomTensor } from "@fovea/nn/testing";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { classTokenAttention, hybridVit } from "../src/index.js";
import { stir } from "./stir.js";
import { tinyStem } from "./tiny-stem.js";

const ctx = inferenceContext();
const images = randomTensor<tf.Tensor4D>([2, 8, 12, 3]); // a map of [2, 3]
const build = (stem = tinyStem(5)) =>
  hybridVit({ stem, height: 2, width: 3, dim: 6, depth: 2, heads: 2, mlpRatio: 2, classes: 7 });

describeOnEngines("hybridVit", () => {
  for (const { name, run } of moduleContract({
    make: () => stir(build()),
    input: () => tf.clone(images),
    forward: (vit, x, ctx) => vit.forward(x as tf.Tensor4D, ctx),
  }))
    it(name, run);

  it("starts with logits of zero", () => {
    const vit = build();
    assertClose(vit.forward(images, ctx), tf.zeros([2, 7]), 0);
    vit.dispose();
  });

  it("is tokens, then features, then head, and runs the stem once", () => {
    const stem = tinyStem(5);
    const vit = stir(build(stem));
    const logits = vit.forward(images, ctx);
    expect(stem.runs()).toBe(1);
    const tokens = vit.tokens(images, ctx);
    expect(tokens.shape).toEqual([2, 1 + 6, 6]);
    assertClose(vit.head.forward(vit.features(tokens, ctx), scope(ctx, "head")), logits);
    vit.dispose();
  });

  it("shows what its class token looks at", () => {
    const vit = stir(build());
    const attentions: tf.Tensor4D[] = [];
    vit.forward(
      images,
      inferenceContext((name, value) => {
        if (/^encoder\/blocks\/\d+\/attn\/attention$/.test(name))
          attentions.push(tf.keep(tf.clone(value)) as tf.Tensor4D);
      }),
    );
    expect(attentions.length).toBe(2);
    expect(
      tf
        .reshape(classTokenAttention(attentions), [2, 2, 3])
        .dataSync()
        .every((value) => value > 0 && value < 1),
    ).toBe(true);
    vit.dispose();
  });
});

it("has timm's names at the top", () => {
  const vit = build();
  const tops = new Set(Object.keys(vit.params).map((key) => key.replace(/^(patch_embed\.\w+|\w+).*/, "$1")));
  expect([...tops]).toEqual([
    "patch_embed.backbone",
    "patch_embed.proj",
    "cls_token",
    "pos_embed",
    "blocks",
    "norm",
    "head",
  ]);
  vit.dispose();
});

it("refuses a stage that the stem does not have", () => {
  expect(() =>
    hybridVit({ stem: tinyStem(5), stage: "layer9", height: 2, width: 3, dim: 6, depth: 1, heads: 2, classes: 7 }),
  ).toThrow("hybridVit: no stage `layer9`; there are squares.");
});

it("takes a checkpoint in timm's layouts", () => {
  const [from, to] = [stir(build()), build()];
  const asTimm = Object.entries(from.params).map(([key, value]): [string, tf.Tensor] => {
    if (!key.endsWith(".weight") || value.rank !== 2) return [key, value];
    const turned = tf.transpose(value); // [out, in]
    return [key, key === "patch_embed.proj.weight" ? tf.reshape(turned, [...turned.shape, 1, 1]) : turned];
  });
  const report = loadWeights(to, Object.fromEntries(asTimm), { from: "pytorch" });
  expect(report.loaded.length).toBe(Object.keys(to.params).length);
  assertClose(to.forward(images, ctx), from.forward(images, ctx), 0);
  [from, to].forEach((vit) => vit.dispose());
});
