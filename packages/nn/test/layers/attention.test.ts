import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import * as nn from "../../src/index.js";
import { assertClose, assertGradient, assertParamGradient, randomTensor } from "../../src/testing/index.js";

const ctx = nn.inferenceContext();
const [batch, tokens, dim, heads] = [2, 5, 6, 2];
const make = () => nn.multiHeadAttention({ dim, heads, seed: 3 });
const input = (seed = 0) => randomTensor<tf.Tensor3D>([batch, tokens, dim], seed);
const maskOf = (...rows: number[][]) => tf.tensor2d(rows);

/** Head by head and query by query, from the definition, keys with mask 0 left out. */
function byHand(layer: nn.Module, x: tf.Tensor, mask: number[][]): number[] {
  const project = (key: string, v: number[]) => {
    const weight = layer.params[`${key}.weight`]!.arraySync() as number[][];
    const bias = layer.params[`${key}.bias`]!.arraySync() as number[];
    return bias.map((b, o) => v.reduce((sum, value, i) => sum + value * weight[i]![o]!, b));
  };
  const [each, dot] = [dim / heads, (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)];
  return (x.arraySync() as number[][][]).flatMap((sample, n) => {
    const projected = sample.map((token) => project("qkv", token));
    const part = (t: number, which: number, head: number) =>
      projected[t]!.slice(which * dim + head * each, which * dim + (head + 1) * each);
    return sample.flatMap((_, query) => {
      const mixed = Array.from({ length: heads }, (_, head) => {
        const scores = sample.map(
          (_, key) => Math.exp(dot(part(query, 0, head), part(key, 1, head)) / Math.sqrt(each)) * mask[n]![key]!,
        );
        const total = scores.reduce((sum, score) => sum + score, 0) || 1;
        return Array.from({ length: each }, (_, i) =>
          scores.reduce((sum, score, key) => sum + (score / total) * part(key, 2, head)[i]!, 0),
        );
      });
      return project("proj", mixed.flat());
    });
  });
}

describeOnEngines("multiHeadAttention", () => {
  const everything = [
    [1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1],
  ];
  const some = [
    [1, 1, 0, 1, 0],
    [0, 1, 1, 1, 1],
  ];

  it("is its definition", () => {
    const [layer, x] = [make(), input()];
    layer.params["qkv.bias"]!.assign(randomTensor([3 * dim], 8));
    assertClose(layer.forward(x, ctx), tf.tensor(byHand(layer, x, everything), [batch, tokens, dim]), 1e-4);
    assertClose(layer.forward(x, ctx, maskOf(...some)), byHand(layer, x, some), 1e-4);
    assertClose(layer.forward(x, ctx, null), layer.forward(x, ctx, maskOf(...everything)), 1e-6);
  });

  it("taps attention that sums to 1 and is exactly 0 at masked tokens", () => {
    let seen: number[][][][] = [];
    const tapped = nn.inferenceContext((name, value) => {
      expect(name).toBe("attention");
      expect(value.shape).toEqual([batch, heads, tokens, tokens]);
      seen = value.arraySync() as number[][][][];
    });
    make().forward(input(), tapped, maskOf(...some));
    seen.forEach((sample, n) =>
      sample.flat().forEach((row) => {
        assertClose(
          row.reduce((sum, weight) => sum + weight, 0),
          1,
        );
        row.forEach((weight, key) => expect(weight > 0).toBe(some[n]![key] === 1));
      }),
    );
  });

  it("gives the real tokens the same, whatever the masked ones hold", () => {
    const mask = maskOf(...some);
    const real = tf.expandDims(mask, 2);
    const noise = tf.add(tf.mul(input(0), real), tf.mul(tf.mul(input(1), 1e3), tf.sub(1, real)));
    const y = (x: tf.Tensor) => tf.mul(make().forward(x, ctx, mask), real);
    assertClose(y(noise), y(input(0)), 0);
  });

  it("gives proj.bias where every token is masked, with finite gradients", () => {
    const layer = make();
    layer.params["proj.bias"]!.assign(randomTensor([dim], 4));
    const mask = maskOf([0, 0, 0, 0, 0], [1, 1, 1, 1, 1]);
    const y = tf.slice(layer.forward(input(), ctx, mask), 0, 1);
    assertClose(y, tf.tile(tf.reshape(layer.params["proj.bias"]!, [1, 1, dim]), [1, tokens, 1]));
    const dx = tf.grad((x) => layer.forward(x, ctx, mask))(input());
    assertClose(tf.slice(dx, 0, 1), tf.zeros([1, tokens, dim]), 0);
    expect(dx.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("has the gradient of finite differences under a mask", () => {
    const [layer, mask] = [make(), maskOf(...some)];
    assertGradient((x) => layer.forward(x!, ctx, mask), [input()]);
    assertParamGradient(layer, () => layer.forward(input(), ctx, mask));
  });

  it("commutes with a permutation of the tokens", () => {
    const [layer, x, order] = [make(), input(), tf.tensor1d([3, 0, 4, 1, 2], "int32")];
    assertClose(layer.forward(tf.gather(x, order, 1), ctx), tf.gather(layer.forward(x, ctx), order, 1));
  });
});

describeOnEngines("encoderBlock", () => {
  it("is two residual branches", () => {
    const block = nn.encoderBlock({ dim, heads, mlpRatio: 2 });
    const x = input();
    for (const key of ["attn.proj.weight", "mlp.fc2.weight"])
      block.params[key]!.assign(tf.zerosLike(block.params[key]!));
    assertClose(block.forward(x, ctx), x, 0);
    block.params["mlp.fc2.bias"]!.assign(tf.ones([dim]));
    assertClose(block.forward(x, ctx), tf.add(x, 1));
  });

  it("passes the mask on", () => {
    const block = nn.encoderBlock({ dim, heads });
    const mask = maskOf([1, 1, 0, 0, 0], [1, 1, 1, 1, 1]);
    const [first, short] = [tf.slice(input(), [0, 0, 0], [1, 5, dim]), tf.slice(input(), [0, 0, 0], [1, 2, dim])];
    const masked = block.forward(first, ctx, tf.slice(mask, 0, 1));
    assertClose(tf.slice(masked, [0, 0, 0], [1, 2, dim]), block.forward(short, ctx));
  });

  it("drops each branch of each sample on its own, or keeps it scaled", () => {
    const block = nn.encoderBlock({ dim, heads, dropPath: 0.5 });
    for (const key of ["attn.proj.weight", "mlp.fc2.weight"])
      block.params[key]!.assign(tf.zerosLike(block.params[key]!));
    block.params["attn.proj.bias"]!.assign(tf.fill([dim], 1)); // the branches are now the constants 1 and 10
    block.params["mlp.fc2.bias"]!.assign(tf.fill([dim], 10));
    const y = block.forward(tf.zeros([64, tokens, dim]), nn.trainingContext(nn.rng(2)));
    const perSample = tf.mean(tf.reshape(y, [64, -1]), 1).dataSync();
    expect(new Set(perSample)).toEqual(new Set([0, 2, 20, 22]));
  });
});

describe("names and refusals", () => {
  it("has timm's names", () => {
    expect(Object.keys(nn.encoderBlock({ dim, heads }).params)).toEqual(
      ["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"].flatMap((part) => [
        `${part}.weight`,
        `${part}.bias`,
      ]),
    );
    expect(Object.keys(nn.multiHeadAttention({ dim, heads, bias: false }).params)).not.toContain("qkv.bias");
  });

  it("refuses heads that do not divide, and masks that do not fit", () => {
    expect(() => nn.multiHeadAttention({ dim: 6, heads: 4 })).toThrow(
      "multiHeadAttention: `heads` must divide `dim` = 6, got 4.",
    );
    expect(() => nn.encoderBlock({ dim: 6, heads: 2, mlpRatio: 0 })).toThrow("encoderBlock: `dim · mlpRatio` must be");
    expect(() => nn.encoderBlock({ dim: 6, heads: 2, dropPath: 1 })).toThrow("encoderBlock: `dropPath` must be");
    expect(() => make().forward(input(), ctx, tf.ones([2, 4]))).toThrow(
      "multiHeadAttention: expected `mask` of shape [batch, tokens] (batch=2 from `x`, tokens=5 from `x`), got [2, 4].",
    );
  });
});
