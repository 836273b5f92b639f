import { inferenceContext, joinModules, loadWeights, mergeWeights } from "@fovea/nn";
import { assertClose, perturbParams, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { classifierHead, mapTokenizer, transformerEncoder } from "../src/index.js";

const ctx = inferenceContext();
const map = randomTensor<tf.Tensor4D>([2, 2, 3, 5]);

/** The three parts as one classifier, under the names that timm's Vision Transformers have. */
function vit() {
  const tokenizer = mapTokenizer({ channels: 5, height: 2, width: 3, dim: 6 });
  const encoder = transformerEncoder({ dim: 6, depth: 2, heads: 2, mlpRatio: 2 });
  const head = classifierHead({ dim: 6, classes: 7 });
  return {
    ...mergeWeights("vit", [tokenizer, encoder, joinModules({ head })]),
    dispose: () => [tokenizer, encoder, head].forEach((part) => part.dispose()),
    forward: () => {
      const encoded = encoder.forward(tokenizer.forward(map, ctx), ctx);
      return head.forward(tf.squeeze(tf.slice(encoded, [0, 0], [-1, 1]), [1]), ctx);
    },
  };
}

it("has timm's names at the top", () => {
  const model = vit();
  const tops = new Set(Object.keys(model.params).map((key) => key.replace(/^(patch_embed\.\w+|\w+).*/, "$1")));
  expect([...tops]).toEqual(["patch_embed.proj", "cls_token", "pos_embed", "blocks", "norm", "head"]);
  model.dispose();
});

it("takes a checkpoint in timm's layouts", () => {
  const [from, to] = [perturbParams(vit()), vit()];
  const asTimm = Object.entries(from.params).map(([key, value]): [string, tf.Tensor] => {
    if (!key.endsWith(".weight") || value.rank !== 2) return [key, value];
    const turned = tf.transpose(value); // [out, in]
    return [key, key === "patch_embed.proj.weight" ? tf.reshape(turned, [...turned.shape, 1, 1]) : turned];
  });
  const report = loadWeights(to, Object.fromEntries(asTimm), { from: "pytorch" });
  expect(report.loaded.length).toBe(Object.keys(to.params).length);
  assertClose(to.forward(), from.forward(), 0);
  [from, to].forEach((model) => model.dispose());
});
