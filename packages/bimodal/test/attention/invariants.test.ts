import { rng, type Layer } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import {
  imageBlocks,
  progressiveMaskAttention,
  queryRelationalScorer,
  selfAttentionScorer,
  textStage,
  visualStage,
  type EncodedPhrases,
  type QueryRelationalScorer,
} from "../../src/index.js";
import { linear } from "@fovea/nn";
import { make, mapOf, phrasesOf, ranksOf, read, SIZES, still, sum } from "./support.js";

const { visualDim, textDim, localDim, finalDim } = SIZES;
const counts = [20, 5, 2, 1, 0, 11, 3];
const batch = counts.length;
const config = { missingText: "learned" } as const;

const run = (seed: number, { stages = 3, shareStages = true } = {}) =>
  read(make({ ...config, stages, shareStages }, seed).forward(mapOf(batch, seed), phrasesOf(counts, seed), still));

const visualParts = () => ({
  visualScorer: selfAttentionScorer({ dim: visualDim, activation: "relu", reduction: 2, seed: 1 }),
  local: linear({ in: visualDim, out: localDim, seed: 2 }),
});
const textParts = () => ({
  phraseScorer: queryRelationalScorer({ keyDim: localDim, queryDim: textDim, seed: 3 }),
  textScorer: selfAttentionScorer({ dim: textDim, activation: "tanh", reduction: 2, seed: 4 }),
});
/** Phrases with zeros for padding, as a stage takes them. */
const finite = ({ vectors, mask }: EncodedPhrases): EncodedPhrases => ({
  vectors: tf.where(tf.isNaN(vectors), tf.zerosLike(vectors), vectors),
  mask,
});

/**
 * The cells of a map of blocks in another order: block i of the result is block order[i], its cells in order `cells`.
 */
function rearranged(map: tf.Tensor4D, order: readonly number[], cells: readonly number[]): tf.Tensor4D {
  const [b, h, w, c] = map.shape;
  const blocks = tf.reshape(tf.transpose(tf.reshape(map, [b * (h / 2), 2, w / 2, 2 * c]), [0, 2, 1, 3]), [b, (h * w) / 4, 4, c]); // prettier-ignore
  const moved = tf.gather(tf.gather(blocks, tf.tensor1d([...order], "int32"), 1), tf.tensor1d([...cells], "int32"), 2);
  return tf.reshape(tf.transpose(tf.reshape(moved, [b * (h / 2), w / 2, 2, 2 * c]), [0, 2, 1, 3]), [b, h, w, c]);
}

describeOnEngines("progressiveMaskAttention", () => {
  it.each([1, 2, 3])("1. has weights of sum 1 where something is available, exactly 0 elsewhere (seed %i)", (seed) => {
    for (const { alpha, beta, gamma, availableBlocks, availableLocal, availableGlobal } of run(seed))
      for (const [weights, available] of [
        [alpha, availableBlocks],
        [beta, availableLocal],
        [gamma, availableGlobal],
      ] as const)
        // prettier-ignore
        weights.forEach((row, b) => {
          row.forEach((weight, i) => expect(weight > 0).toBe(available[b]![i] === 1));
          assertClose(sum(row), available[b]!.includes(1) ? 1 : 0);
        });
  });

  it.each([true, false])("2. never chooses a block twice (shared stages: %s)", (shareStages) => {
    const stages = run(4, { stages: 6, shareStages }); // as many as there are blocks
    for (let b = 0; b < batch; b++) expect(new Set(stages.map(({ block }) => block[b])).size).toBe(6);
  });

  it("3. takes the best blocks in order if stages share their scorer, with the weights renormalized", () => {
    const model = make(config, 5);
    const stages = read(model.forward(mapOf(batch, 5), phrasesOf(counts), still));
    for (let b = 0; b < batch; b++) {
      const first = stages[0]!.alpha[b]!;
      const order = first.map((_, i) => i).sort((i, j) => first[j]! - first[i]!);
      expect(stages.map(({ block }) => block[b])).toEqual(order.slice(0, 3));
      stages.forEach(({ alpha }, t) => {
        const consumed = order.slice(0, t);
        const rest = 1 - sum(consumed.map((i) => first[i]!));
        assertClose(alpha[b]!, first.map((weight, i) => (consumed.includes(i) ? 0 : weight / rest))); // prettier-ignore
      });
    }
  });

  it.each([6, 7, 8])(
    "4, 5, 6. strikes out what the rule says, and at last everything but a single phrase (seed %i)",
    (seed) => {
      const stages = run(seed, { stages: 6 });
      counts.forEach((count, b) => {
        const struckIn = stages.map(({ beta, availableLocal, availableGlobal }, t) => {
          if (t > 0) expect(availableLocal[b]).toEqual(stages[t - 1]!.availableGlobal[b]); // what is struck stays so
          const ranks = ranksOf(beta[b]!);
          availableLocal[b]!.forEach((before, i) => {
            const strikes = before === 1 && beta[b]![i]! > 1 / count + 1e-6 && ranks[i]! < 3;
            expect(availableGlobal[b]![i]).toBe(strikes ? 0 : before);
          });
          return sum(availableLocal[b]!) - sum(availableGlobal[b]!);
        });
        expect(sum(stages[0]!.availableLocal[b]!)).toBe(count);
        struckIn.forEach((struck, t) => {
          const before = sum(struckIn.slice(0, t));
          expect(struck).toBeGreaterThanOrEqual(0);
          expect(struck).toBeLessThanOrEqual(3);
          if (before > 0 && before < count) expect(struck).toBeGreaterThan(0);
        });
      });
      expect(sum(stages[0]!.availableGlobal[0]!)).toBeLessThan(20);
    },
  );

  it("7. does not depend on the order of the phrases", () => {
    const [model, map, { vectors, mask }] = [make(config, 9), mapOf(1, 9), finite(phrasesOf([7], 9))];
    const order = tf.tensor1d([3, 6, 0, 5, 1, 4, 2], "int32");
    const moved = { vectors: tf.gather(vectors, order, 1), mask };
    const [plain, other] = [model.forward(map, { vectors, mask }, still), model.forward(map, moved, still)];
    assertClose(other.features, plain.features);
    plain.stages.forEach((stage, t) => {
      for (const name of ["beta", "gamma", "availableLocal", "availableGlobal"] as const)
        assertClose(other.stages[t]![name]!, tf.gather(stage[name]!, order, 1));
    });
  });

  it("8. gives the same with more padding, wherever it is and whatever it holds", () => {
    const [model, map] = [make(config, 10), mapOf(batch, 10)];
    const plain = model.forward(map, phrasesOf(counts, 10), still);
    const padded = phrasesOf(counts, 10, 23);
    assertClose(model.forward(map, padded, still).features, plain.features);
    // padding comes first
    const reversed = { vectors: tf.reverse(padded.vectors, 1), mask: tf.reverse(padded.mask, 1) };
    assertClose(model.forward(map, reversed, still).features, plain.features);
    const asBooleans = { ...padded, mask: tf.cast(padded.mask, "bool") as tf.Tensor2D };
    assertClose(model.forward(map, asBooleans, still).features, plain.features, 0);
    for (const dz of tf.grads((x, z) =>
      tf.sum(model.forward(x as tf.Tensor4D, { ...padded, vectors: z as tf.Tensor3D }, still).features),
    )([map, padded.vectors]))
      // prettier-ignore
      expect(dz.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("9. depends on the places neither of blocks nor of the cells in a block", () => {
    const [model, map, phrases] = [make(config, 11), mapOf(batch, 11, [4, 6]), phrasesOf(counts, 11)];
    const order = [4, 2, 5, 0, 3, 1];
    const [plain, other] = [map, rearranged(map, order, [2, 0, 3, 1])].map((x) => model.forward(x, phrases, still));
    assertClose(rearranged(map, [0, 1, 2, 3, 4, 5], [0, 1, 2, 3]), map, 0); // the test's own helper
    assertClose(other!.features, plain!.features);
    plain!.stages.forEach(({ alpha, block }, t) => {
      assertClose(other!.stages[t]!.alpha, tf.gather(alpha, tf.tensor1d(order, "int32"), 1));
      expect(Array.from(other!.stages[t]!.block.dataSync(), (i) => order[i])).toEqual([...block.dataSync()]);
    });
  });

  it("10. convolves the mean of the chosen block, which is the mean of the block convolved", () => {
    const [parts, map] = [visualParts(), mapOf(batch, 12, [4, 6])];
    parts.local.params["bias"]!.assign(randomTensor([localDim], 6));
    const { local, block } = visualStage(parts, imageBlocks(map), tf.ones([batch, 6]), still);
    const convolved = parts.local.forward(map, still).arraySync() as number[][][][];
    const expected = convolved.flatMap((rows, b) => {
      const i = block.dataSync()[b]!;
      const cells = [0, 1].flatMap((dy) => [0, 1].map((dx) => rows[2 * Math.floor(i / 3) + dy]![2 * (i % 3) + dx]!));
      return Array.from({ length: localDim }, (_, k) => sum(cells.map((cell) => cell[k]!)) / 4);
    });
    assertClose(local, expected);
  });

  it("11. does not depend on a number that is added to all scores", () => {
    const shifted = (scorer: Layer): Layer => ({ ...scorer, forward: (x, ctx) => tf.add(scorer.forward(x, ctx), 7) });
    const [visual, text, phrases] = [visualParts(), textParts(), finite(phrasesOf(counts, 13))];
    const [blocks, free] = [
      imageBlocks(mapOf(batch, 13)),
      tf.tensor2d([...Array(batch)].map(() => [1, 1, 0, 1, 1, 1])),
    ];
    const plain = visualStage(visual, blocks, free, still);
    const other = visualStage({ ...visual, visualScorer: shifted(visual.visualScorer) }, blocks, free, still);
    assertClose(other.features, plain.features);
    assertClose(other.block, plain.block, 0);
    const phraseScorer = text.phraseScorer;
    const parts = {
      phraseScorer: { ...phraseScorer, forward: (...args) => tf.add(phraseScorer.forward(...args), 7) } satisfies QueryRelationalScorer, // prettier-ignore
      textScorer: shifted(text.textScorer),
    };
    const read = textStage(text, phrases, plain.local, phrases.mask, still);
    const again = textStage(parts, phrases, plain.local, phrases.mask, still);
    assertClose(again.features, read.features);
    assertClose(again.left, read.left, 0);
  });

  it("12. passes gradient to a scorer of blocks through the global vector alone, and none to phrases struck out", () => {
    const [parts, map] = [visualParts(), mapOf(batch, 14)];
    const gradientOf = (part: "local" | "features") => (x: tf.Tensor) =>
      tf.sum(tf.square(visualStage(parts, imageBlocks(x as tf.Tensor4D), tf.ones([batch, 6]), still)[part]));
    const scorer = Object.values(parts.visualScorer.params);
    const of = (part: "local" | "features") =>
      Object.values(tf.variableGrads(() => gradientOf(part)(map) as tf.Scalar, [...scorer, ...Object.values(parts.local.params)]).grads); // prettier-ignore
    const size = (grads: tf.Tensor[], k: number) => tf.max(tf.abs(grads[k]!)).dataSync()[0]!;
    scorer.forEach((_, k) => expect(size(of("local"), k)).toBe(0));
    expect(size(of("local"), scorer.length)).toBeGreaterThan(0); // the 1 × 1 convolution
    expect(size(of("features"), 0)).toBeGreaterThan(0);
    const { block } = visualStage(parts, imageBlocks(map), tf.ones([batch, 6]), still);
    const dMap = tf.grad(gradientOf("local"))(map).arraySync() as number[][][][];
    dMap.forEach((rows, b) => // only the cells of the chosen block
      rows.forEach((cells, y) =>
        cells.forEach((cell, x) => {
          const inside = y < 4 && x < 6 && 3 * Math.floor(y / 2) + Math.floor(x / 2) === block.dataSync()[b];
          expect(cell.some((value) => value !== 0)).toBe(inside);
        }),
      ),
    ); // prettier-ignore

    const [text, { vectors, mask }, local] = [textParts(), finite(phrasesOf(counts, 14)), randomTensor<tf.Tensor2D>([batch, localDim], 5)]; // prettier-ignore
    const available = tf.mul(mask, tf.tensor2d(rng(3).uniform(mask.size).map((x) => (x < 0.7 ? 1 : 0)), mask.shape)); // prettier-ignore
    const stage = (z: tf.Tensor) => textStage(text, { vectors: z as tf.Tensor3D, mask }, local, available as tf.Tensor2D, still); // prettier-ignore
    const half = (which: 0 | 1) => (z: tf.Tensor) => tf.sum(tf.square(tf.split(stage(z).features, 2, 1)[which]!));
    const { left } = stage(vectors);
    for (const [which, seen] of [[0, left], [1, available]] as const) // prettier-ignore
      tf.max(tf.abs(tf.grad(half(which))(vectors)), 2).dataSync().forEach((size, i) => expect(size > 0).toBe(seen.dataSync()[i] === 1)); // prettier-ignore
  });

  it("13. begins anew at every pass, and treats a sample alone as in a batch", () => {
    const [model, map, { vectors, mask }] = [make(config, 15), mapOf(batch, 15), phrasesOf(counts, 15)];
    const together = model.forward(map, { vectors, mask }, still);
    assertClose(model.forward(map, { vectors, mask }, still).features, together.features, 0);
    for (let b = 0; b < batch; b++) {
      const one = <T extends tf.Tensor>(x: T): T => tf.slice(x, b, 1);
      const alone = model.forward(one(map), { vectors: one(vectors), mask: one(mask) }, still);
      assertClose(alone.features, one(together.features));
      alone.stages.forEach(({ block, availableGlobal }, t) => {
        assertClose(block, one(together.stages[t]!.block), 0);
        assertClose(availableGlobal!, one(together.stages[t]!.availableGlobal!), 0);
      });
    }
  });

  it("14. is finite with finite gradients where no phrase is left, or none was there", () => {
    const [model, map, { vectors, mask }] = [make({ stages: 4 }, 16), mapOf(2, 16), phrasesOf([2, 0], 16)];
    const outputs = model.forward(map, { vectors, mask }, still);
    expect(read(outputs)[2]!.availableLocal).toEqual([[0, 0], [0, 0]]); // prettier-ignore
    const params = Object.values(model.params);
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(model.forward(map, { vectors, mask }, still).features)), params); // prettier-ignore
    const inputs = tf.grads((x, z) => tf.sum(tf.square(model.forward(x as tf.Tensor4D, { vectors: z as tf.Tensor3D, mask }, still).features)))([map, vectors]); // prettier-ignore
    expect(Object.keys(grads)).toHaveLength(params.length);
    for (const x of [outputs.features, ...Object.values(grads), ...inputs])
      expect(x.dataSync().every(Number.isFinite)).toBe(true);
  });

  it("17. ignores phrases without text, whatever they are", () => {
    const [model, map] = [make({ textDim: null }, 17), mapOf(batch, 17)];
    const plain = model.forward(map, null, still).features;
    for (const phrases of [
      phrasesOf(counts, 17),
      phrasesOf([3], 1),
      { vectors: tf.fill([1, 2, 3], NaN), mask: tf.ones([4, 5]) } as EncodedPhrases,
    ])
      // prettier-ignore
      assertClose(model.forward(map, phrases, still).features, plain, 0);
    expect(plain.shape).toEqual([batch, visualDim + 3 * finalDim]);
    expect(model.forward(map, phrasesOf(counts), still).stages[0]).toMatchObject({ beta: null, availableGlobal: null });
  });

  it("waits for no value of a tensor, forward or backward", () => {
    const [model, map, { vectors, mask }] = [make(config, 18), mapOf(batch, 18), phrasesOf(counts, 18)];
    const reads = (["dataSync", "arraySync", "data", "array"] as const).map((name) => vi.spyOn(tf.Tensor.prototype, name)); // prettier-ignore
    try {
      tf.dispose(tf.grads((x, z) => tf.sum(model.forward(x as tf.Tensor4D, { vectors: z as tf.Tensor3D, mask }, still).features))([map, vectors])); // prettier-ignore
      for (const read of reads) expect(read).not.toHaveBeenCalled();
    } finally {
      for (const read of reads) read.mockRestore();
    }
  });
});

describe("15. sizes", () => {
  it.each([1, 2, 3, 5])(
    "has visualDim + %i · finalDim features, and the same params for any number of shared stages",
    (stages) => {
      const model = make({ stages });
      expect(model.dim).toBe(visualDim + stages * finalDim);
      expect(model.forward(mapOf(2), phrasesOf([1, 2]), still).features.shape).toEqual([2, model.dim]);
      const shapes = Object.fromEntries(Object.entries(model.params).map(([name, { shape }]) => [name, shape]));
      expect(shapes).toEqual({
        "visualScorer.fc1.weight": [5, 2],
        "visualScorer.fc1.bias": [2],
        "visualScorer.fc2.weight": [2, 1],
        "local.weight": [5, 3],
        "local.bias": [3],
        "phraseScorer.weight": [3, 7],
        "textScorer.fc1.weight": [7, 3],
        "textScorer.fc1.bias": [3],
        "textScorer.fc2.weight": [3, 1],
        "final.weight": [5 + 3 + 7 + 7, 11],
        "final.bias": [11],
      });
    },
  );

  it("names the layers of each stage where they are its own, and the vector of missing text", () => {
    const names = Object.keys(make({ stages: 2, shareStages: false, ...config }).params);
    expect(names).toHaveLength(2 * 9 + 3);
    expect(names).toEqual(expect.arrayContaining(["stage1.local.weight", "stage2.textScorer.fc2.weight", "final.bias", "noText.vector"])); // prettier-ignore
    expect(Object.keys(make({ textDim: null }).params)).toHaveLength(7);
  });

  it("starts each stage of its own, and each seed, from other weights", () => {
    const config = { ...SIZES, stages: 2, shareStages: false };
    const [one, other] = [0, 1].map((seed) => progressiveMaskAttention({ ...config, seed }).params);
    const weights = [one!, other!].flatMap((params) =>
      Object.keys(params).filter((name) => name.endsWith("weight")).map((name) => String(params[name]!.dataSync())),
    ); // prettier-ignore
    expect(weights).toHaveLength(2 * (2 * 6 + 1));
    expect(new Set(weights).size).toBe(weights.length);
  });

  it("has the paper's defaults", () => {
    const model = make({ visualDim: 32, textDim: 16, reduction: undefined, localDim: undefined, finalDim: undefined });
    expect(model.dim).toBe(32 + 3 * 512);
    expect(model.params["visualScorer.fc1.weight"]!.shape).toEqual([32, 2]);
    expect(model.params["textScorer.fc1.weight"]!.shape).toEqual([16, 1]);
    expect(model.params["local.weight"]!.shape).toEqual([32, 32]);
  });
});
