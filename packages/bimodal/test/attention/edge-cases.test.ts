import { linear } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  imageBlocks,
  progressiveMaskAttention,
  queryRelationalScorer,
  selfAttentionScorer,
  strikeBlock,
  textStage,
  visualStage,
} from "../../src/index.js";
import { firstArgmax } from "../../src/attention/first-argmax.js";
import { strikePhrases } from "../../src/attention/strike-phrases.js";
import { make, mapOf, phrasesOf, read, SIZES, still } from "./support.js";

const rows = (...values: number[][]) => tf.tensor2d(values);

/** A text half whose β and γ are the softmax of given scores, whatever is seen. */
const scored = (beta: number[][], gamma = beta) => ({
  phraseScorer: { ...queryRelationalScorer({ keyDim: 1, queryDim: 2 }), forward: () => rows(...beta) },
  textScorer: { ...selfAttentionScorer({ dim: 2, activation: "tanh" }), forward: () => rows(...gamma) },
});
const seen = () => tf.zeros<tf.Rank.R2>([1, 1]);
/** One sample whose phrases are [1, 10], [2, 20], … */
const counted = (count: number) => tf.tensor3d([Array.from({ length: count }, (_, i) => [i + 1, 10 * (i + 1)])]);
const only = (left: number[]) => ({ mask: rows(left.map(() => 1)), available: rows(left) });

describeOnEngines("one phrase", () => {
  it("is never struck out: both streams are that phrase", () => {
    const { mask, available } = only([1]);
    const { beta, left, features } = textStage(scored([[3]]), { vectors: counted(1), mask }, seen(), available, still);
    assertClose(beta, [1], 0);
    assertClose(left, [1], 0);
    assertClose(features, [1, 10, 1, 10], 0);
    for (const stage of read(make().forward(mapOf(1), phrasesOf([1], 0, 4), still))) {
      expect(stage.beta).toEqual([[1, 0, 0, 0]]);
      expect(stage.gamma).toEqual([[1, 0, 0, 0]]);
    }
  });
});

describeOnEngines("two phrases", () => {
  it("are struck out one after the other; then nothing is left to read", () => {
    const phrases = { vectors: counted(2), mask: rows([1, 1]) };
    const parts = scored([[1, 2]]);
    const first = textStage(parts, phrases, seen(), phrases.mask, still);
    const weight = 1 / (1 + Math.E);
    assertClose(first.beta, [weight, 1 - weight]);
    assertClose(first.left, [1, 0], 0);
    assertClose(first.features, [1, 10, 2 - weight, 20 - 10 * weight]); // global: what is left
    const second = textStage(parts, phrases, seen(), first.left, still);
    assertClose(second.beta, [1, 0], 0);
    assertClose(second.left, [0, 0], 0);
    assertClose(second.features, [0, 0, 1, 10], 0); // everything is masked before the global softmax
    const third = textStage(parts, phrases, seen(), second.left, still);
    for (const x of [third.beta, third.gamma, third.left]) assertClose(x, [0, 0], 0);
    assertClose(third.features, [0, 0, 0, 0], 0); // and before the local one
  });

  it("stay where they weigh the same", () => {
    const phrases = { vectors: counted(2), mask: rows([1, 1]) };
    assertClose(textStage(scored([[2, 2]]), phrases, seen(), phrases.mask, still).left, [1, 1], 0);
  });
});

describeOnEngines("strikePhrases", () => {
  const real = (count: number) => rows(new Array<number>(count).fill(1));
  const struck = (beta: number[], available = beta.map(() => 1)) =>
    [...strikePhrases(rows(beta), rows(available), real(beta.length)).dataSync()].map(
      (left, i) => available[i]! - left,
    );

  it("strikes out nothing where all weigh the same, up to rounding", () => {
    for (let count = 1; count <= 40; count++) {
      expect(struck(new Array<number>(count).fill(1 / count))).not.toContain(1);
      const weights = tf.softmax(tf.fill<tf.Rank.R2>([1, count], 0.3));
      assertClose(strikePhrases(weights, real(count), real(count)), real(count), 0);
    }
    expect(struck([0.25 + 5e-7, 0.25 - 5e-7, 0.25, 0.25])).not.toContain(1);
    expect(struck([0.25 + 1e-5, 0.25 - 1e-5, 0.25, 0.25])).toEqual([1, 0, 0, 0]);
  });

  it("takes the first of equal weights", () => {
    expect(struck([0.04, 0.24, 0.24, 0.24, 0.24])).toEqual([0, 1, 1, 1, 0]);
    expect(struck([0.2, 0.02, 0.2, 0.38, 0.2, 0])).toEqual([1, 0, 1, 1, 0, 0]);
  });

  it("strikes out fewer than three where fewer are left, or weigh enough", () => {
    expect(struck([0.6, 0.4, 0, 0, 0], [1, 1, 0, 0, 0])).toEqual([1, 1, 0, 0, 0]);
    expect(struck([0.4, 0.35, 0.25])).toEqual([1, 1, 0]);
    expect(struck([0.9, 0.05, 0.05])).toEqual([1, 0, 0]);
  });

  it("counts the real phrases of each sample, not padding, nor only those that are left", () => {
    const beta = rows([0.45, 0.55, 0, 0], [0.45, 0.55, 0, 0], [0.3, 0.3, 0.4, 0]);
    const available = rows([1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]);
    const real = rows([1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]); // 1/p: 0.5, 0.25, 0.25
    assertClose(strikePhrases(beta, available, real), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0);
  });
});

describeOnEngines("samples without text", () => {
  const map = () => mapOf(3);
  const some = () => phrasesOf([4, 0, 2]);

  it("have zeros in place of the text, whatever the padding holds", () => {
    const model = make();
    const without = model.forward(map(), null, still);
    const one = (x: tf.Tensor2D) => tf.slice(x, 1, 1);
    assertClose(one(model.forward(map(), some(), still).features), one(without.features));
    const empty = { vectors: tf.zeros<tf.Rank.R3>([3, 0, SIZES.textDim]), mask: tf.zeros<tf.Rank.R2>([3, 0]) };
    assertClose(model.forward(map(), empty, still).features, without.features, 0);
    for (const { beta, gamma } of read(without)) expect([beta, gamma]).toEqual([[[0], [0], [0]], [[0], [0], [0]]]); // prettier-ignore
    // FC of [f_visual ; 0]: text rows of its weight do not count
    const weight = model.params["final.weight"]!;
    tf.tidy(() =>
      weight.assign(tf.concat([tf.slice(weight as tf.Tensor, 0, 8), randomTensor([14, SIZES.finalDim], 3)])),
    );
    assertClose(model.forward(map(), null, still).features, without.features, 0);
  });

  it("have a learned vector, if that is wanted, and only they", () => {
    const [zeros, learned] = [make(), make({ missingText: "learned" })];
    const text = (model: typeof zeros) => model.forward(map(), some(), still).features;
    learned.params["noText.vector"]!.assign(tf.zeros([14]));
    assertClose(text(learned), text(zeros), 0);
    const vector = randomTensor<tf.Tensor2D>([1, 14], 5);
    learned.params["noText.vector"]!.assign(tf.reshape(vector, [14]));
    const added = tf.matMul(vector, tf.slice(zeros.params["final.weight"] as tf.Tensor2D, 8, 14)); // [1, finalDim]
    const delta = tf.concat([tf.zeros([1, SIZES.visualDim]), added, added, added], 1);
    assertClose(text(learned), tf.add(text(zeros), tf.mul(rows([0], [1], [0]), delta)));
  });
});

describeOnEngines("firstArgmax and strikeBlock", () => {
  it("choose the first of equal scores among those available, on every engine", () => {
    const scores = rows([2, 5, 5, 5], [7, 7, 1, 7], [-1, -1, -1, -1], [NaN, 3, 9, 4], [1, 2, 3, 4], [-Infinity, 0, 0, 0]); // prettier-ignore
    const free = rows([1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0], [1, 0, 0, 0]);
    assertClose(firstArgmax(scores, free), [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0], 0);
    const stages = read(make().forward(tf.ones([2, 4, 6, SIZES.visualDim]), null, still));
    expect(stages.map(({ block }) => block)).toEqual([[0, 0], [1, 1], [2, 2]]); // prettier-ignore
    for (const { alpha, availableBlocks } of stages)
      assertClose(alpha[0]!, availableBlocks[0]!.map((x, _, { length }) => x / (length - availableBlocks[0]!.indexOf(1)))); // prettier-ignore
  });

  it("choose by the scores, of which α may round two to one number", () => {
    const { visualScorer, local } = {
      visualScorer: selfAttentionScorer({ dim: 1, activation: "relu" }),
      local: linear({ in: 1, out: 1 }),
    };
    const scores = () => rows([1e-3, 1e-3 + 1e-9]);
    const blocks = imageBlocks(tf.ones([1, 2, 4, 1]));
    const stage = visualStage(
      { visualScorer: { ...visualScorer, forward: scores }, local },
      blocks,
      rows([1, 1]),
      still,
    );
    assertClose(stage.alpha, [0.5, 0.5], 0);
    assertClose(stage.block, [1], 0);
  });

  it("make all blocks available again after the last one", () => {
    assertClose(strikeBlock(rows([1, 1, 1], [0, 0, 1]), rows([0, 1, 0], [0, 0, 1])), [1, 0, 1, 1, 1, 1], 0);
  });
});

describeOnEngines("more stages than blocks", () => {
  let warn: ReturnType<typeof vi.spyOn>;
  beforeEach(() => void (warn = vi.spyOn(console, "warn").mockImplementation(() => undefined)));
  afterEach(() => warn.mockRestore());

  it("start again, and say so once", () => {
    const model = make({ stages: 5 });
    const stages = read(model.forward(mapOf(2, 1, [3, 5]), null, still)); // two blocks
    const order = stages.map(({ block }) => block);
    expect([order[2], order[3], order[4]]).toEqual([order[0], order[1], order[0]]);
    expect(order[0]!.map((block, b) => block + order[1]![b]!)).toEqual([1, 1]);
    expect(stages.map(({ availableBlocks }) => availableBlocks.flat().length / 2)).toEqual([2, 2, 2, 2, 2]);
    model.forward(mapOf(2, 1, [2, 2]), null, still);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(
      "progressiveMaskAttention: 5 stages choose from 2 blocks of 2 × 2 cells; once each block was chosen, " +
        "all are available again. Use fewer stages or larger images.",
    );
  });

  it("need no warning where there are as many blocks, or no mask", () => {
    make({ stages: 2 }).forward(mapOf(1, 1, [3, 5]), null, still);
    make({ stages: 3, visualMask: false }).forward(mapOf(1, 1, [2, 2]), null, still);
    expect(warn).not.toHaveBeenCalled();
  });
});

describeOnEngines("without progressive masks", () => {
  it("every stage sees the same", () => {
    const model = make({ visualMask: false, textMask: false });
    const [first, ...others] = read(model.forward(mapOf(2), phrasesOf([5, 3]), still));
    for (const other of others) expect(other).toEqual(first);
    expect(first!.availableGlobal).toEqual(first!.availableLocal);
  });

  it("one of the two masks can be left out", () => {
    const stages = (config: object) => read(make(config).forward(mapOf(2), phrasesOf([5, 3]), still));
    const onlyText = stages({ visualMask: false });
    expect(onlyText[1]!.block).toEqual(onlyText[0]!.block);
    expect(onlyText[1]!.availableLocal).not.toEqual(onlyText[0]!.availableLocal);
    const onlyVisual = stages({ textMask: false });
    expect(onlyVisual[1]!.block).not.toEqual(onlyVisual[0]!.block);
    expect(onlyVisual[2]!.availableGlobal).toEqual(onlyVisual[0]!.availableLocal);
  });
});

describeOnEngines("imageBlocks", () => {
  it("leaves the last row and column of odd sizes out, but not of the mean of the map", () => {
    const map = tf.tensor4d([1, 2, 9, 3, 4, 9, 9, 9, 90], [1, 3, 3, 1]);
    const { pooled, means } = imageBlocks(map);
    assertClose(pooled, tf.tensor3d([[[4]]]));
    assertClose(means, tf.tensor3d([[[2.5]]]));
    const model = progressiveMaskAttention({ visualDim: 1, finalDim: 1, stages: 1 });
    assertClose(tf.slice(model.forward(map, null, still).features, [0, 0], [1, 1]), [136 / 9]);
  });

  it("refuses a map smaller than a block", () => {
    for (const size of [
      [1, 7],
      [5, 1],
      [1, 1],
    ] as const)
      // prettier-ignore
      expect(() => make().forward(mapOf(2, 0, [...size]), null, still)).toThrow(
        `imageBlocks: expected \`map\` of at least 2 × 2 cells, which are one block, got [2, ${size.join(", ")}, 5]; ` +
          "use larger images or a map of a smaller stride.",
      );
  });
});

describe("refusals", () => {
  it("names what is wrong", () => {
    expect(() => progressiveMaskAttention({ visualDim: 0 })).toThrow(
      "progressiveMaskAttention: `visualDim` must be a whole number of at least 1, got 0.",
    );
    expect(() => make({ textDim: 1.5 })).toThrow("`textDim` must be a whole number of at least 1, got 1.5.");
    expect(() => make({ stages: 0 })).toThrow("`stages` must be a whole number of at least 1, got 0.");
    expect(() => make({ missingText: "error" as "zeros" })).toThrow("must be one of zeros, learned, got error.");
    expect(() => selfAttentionScorer({ dim: 4, activation: "gelu" as "relu" })).toThrow(
      "selfAttentionScorer: `activation` must be one of relu, tanh, got gelu.",
    );
    expect(() => make().forward(tf.zeros([2, 4, 4, 3]), null, still)).toThrow(
      "progressiveMaskAttention: expected `map` of shape [batch, height, width, 5], got [2, 4, 4, 3].",
    );
    expect(() => make().forward(mapOf(2), phrasesOf([1, 2, 3]), still)).toThrow(
      "progressiveMaskAttention: expected `phrases.vectors` of shape [2, phrase, 7], got [3, 3, 7].",
    );
    const { vectors } = phrasesOf([3, 3]);
    expect(() => make().forward(mapOf(2), { vectors, mask: tf.ones([2, 4]) }, still)).toThrow(
      "expected `phrases.mask` of shape [2, phrase] (phrase=3 from `phrases.vectors`), got [2, 4].",
    );
  });
});
