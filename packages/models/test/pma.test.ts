import { convNet } from "@fovea/backbones";
import { crossEntropy } from "@fovea/losses";
import {
  decodeSafetensors,
  encodeSafetensors,
  inferenceContext,
  loadWeights,
  rng,
  trainingContext,
  valueAndGradients,
  weightsOf,
} from "@fovea/nn";
import {
  assertClose,
  assertNoLeak,
  assertParamGradient,
  moduleContract,
  perturbParams,
  randomTensor,
  sgdStep,
} from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bimodalPma, visionPma, type BimodalPmaConfig } from "../src/index.js";
import { wordIds, wordMeans } from "./pma-support.js";

const [classes, batch, side] = [3, 2, 32];
const still = inferenceContext();
const size = { classes, localDim: 5, finalDim: 7, reduction: 2, dropout: 0.2, seed: 2 };
const encoder = () => convNet({ channels: [4, 6], seed: 1 }); // stride 4: maps of 8 × 8 cells, 16 blocks
const make = (config: Partial<BimodalPmaConfig> = {}) =>
  bimodalPma(encoder(), wordMeans(11, 5, 3), { ...size, ...config });
const images = (seed = 0) => randomTensor<tf.Tensor4D>([batch, side, side, 3], seed);
const text = () => wordIds([[[2, 3], [4], [5, 6, 7]], [[8]]]);
const noText = () => wordIds([[[2, 3], [4], [5, 6, 7]], []]);

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const models = {
  bimodalPma: () => make(),
  "bimodalPma that learns to do without text": () => make({ missingText: "learned", textDropout: 0.4 }),
  "bimodalPma with stages of their own": () => make({ shareStages: false, stages: 2 }),
  visionPma: () => visionPma(encoder(), size),
};

describe.each(Object.entries(models))("%s", (_, make) => {
  for (const check of moduleContract({
    make,
    input: images,
    forward: (model, x, ctx) => tf.tidy(() => model.forward(x as tf.Tensor4D, tf.slice(text(), 0, x.shape[0]), ctx)),
    gradient: { epsilon: 1e-3, tolerance: 3e-2 }, // ReLUs have kinks
  }))
    it(check.name, check.run);
});

describe("bimodalPma and visionPma", () => {
  it("classify the features of progressiveMaskAttention by one linear layer", () => {
    const model = make();
    const { logits, features, stages, grid, stride } = model.outputs(images(), text(), still);
    assertClose(model.forward(images(), text(), still), logits, 0);
    const { "head.weight": weight, "head.bias": bias } = model.params;
    assertClose(logits, tf.add(tf.matMul(features, weight as tf.Tensor2D), bias!));
    expect([features.shape, logits.shape]).toEqual([[batch, 6 + 3 * 7], [batch, classes]]); // prettier-ignore
    expect([stages.length, grid, stride]).toEqual([3, [4, 4], 4]);
    assertClose(tf.slice(features, [0, 0], [batch, 6]), model.encoder.vector(images(), still));
  });

  it("start from a map that was kept", () => {
    const options = { from: "stage1" };
    const model = make();
    const kept = model.encoder.maps(images(), still, { take: ["stage1"] })[0]!;
    assertClose(model.forward(kept, text(), still, options), model.forward(images(), text(), still), 1e-6);
    const vision = visionPma(encoder(), size);
    assertClose(vision.forward(kept, null, still, options), vision.forward(images(), null, still), 1e-6);
  });

  it("say of a sample alone what they say of it in a batch, twice the same (invariant 13)", () => {
    for (const model of [make(), visionPma(encoder(), size)]) {
      const together = model.forward(images(), text(), still);
      assertClose(model.forward(images(), text(), still), together, 0);
      for (let b = 0; b < batch; b++) {
        const alone = model.forward(tf.slice(images(), b, 1), tf.slice(text(), b, 1), still);
        assertClose(alone, tf.slice(together, b, 1));
      }
      const padded = tf.pad(text(), [[0, 0], [0, 3], [0, 2]]); // prettier-ignore
      assertClose(model.forward(images(), padded, still), together);
    }
  });

  it("have as many weights for any number of shared stages, the classifier's excepted (invariant 15)", () => {
    const shapes = (stages: number) =>
      Object.entries(make({ stages }).params).map(([name, { shape }]) => [name, name === "head.weight" ? [] : shape]);
    expect(shapes(1)).toEqual(shapes(4));
    expect(make({ stages: 4 }).params["head.weight"]!.shape).toEqual([6 + 4 * 7, classes]);
    expect(Object.keys(make({ missingText: "learned" }).params)).toEqual(
      expect.arrayContaining(["stage1.conv.weight", "phrases.words", "attention.noText.vector", "head.bias"]),
    );
    expect(Object.keys(visionPma(encoder(), size).params).filter((name) => /text|phrase/i.test(name))).toEqual([]);
  });

  it("ignore text where there is only vision (invariant 17)", () => {
    const model = visionPma(encoder(), size);
    const plain = model.forward(images(), null, still);
    for (const words of [text(), noText(), tf.zeros<tf.Rank.R3>([1, 2, 3])])
      for (const made of [model.forward(images(), words, still), model.outputs(images(), words, still).logits])
        assertClose(made, plain, 0);
    expect(model.outputs(images(), text(), still).stages[0]!.beta).toBeNull();
  });

  it("mask blocks and phrases unless they are told not to", () => {
    const used = (config: Partial<BimodalPmaConfig>) => {
      const { availableBlocks, availableGlobal } = make(config).outputs(images(), text(), still).stages[2]!;
      return [tf.sum(availableBlocks, 1), tf.sum(availableGlobal!, 1)].map((count) => [...count.dataSync()]);
    };
    const [[blocks], [, phrases]] = [used({}), used({ textMask: false })];
    expect(blocks).toEqual([14, 14]); // of 16, without those of two stages
    expect(phrases).toEqual([3, 1]);
    expect(used({})[1]![0]).toBeLessThan(3);
    expect(used({ visualMask: false })[0]).toEqual([16, 16]);
    const { stages } = visionPma(encoder(), { ...size, visualMask: false }).outputs(images(), null, still);
    assertClose(stages[2]!.availableBlocks, tf.ones([batch, 16]), 0);
  });

  it("have layers of the sizes that are asked for", () => {
    const { params } = make({ shareStages: false, stages: 2 });
    const shapeOf = (name: string) => params[`attention.${name}`]?.shape;
    expect(
      ["stage1.local.weight", "stage2.local.weight", "final.weight", "stage2.visualScorer.fc1.weight"].map(shapeOf),
    ).toEqual(
      [[6, 5], [6, 5], [6 + 5 + 2 * 5, 7], [6, 3]], // prettier-ignore
    );
    expect(shapeOf("stage3.local.weight")).toBeUndefined();
  });

  it("start from other weights with another seed, the encoders excepted", () => {
    const [one, other] = [2, 3].map((seed) => make({ seed }).params);
    for (const name of Object.keys(one!).filter((name) => name.endsWith("weight"))) {
      const isOwn = /^(attention|head)\./.test(name);
      expect(String(one![name]!.dataSync()) !== String(other![name]!.dataSync()), name).toBe(isOwn);
    }
  });

  it("use the text where there is some", () => {
    const model = make();
    const other = wordIds([[[9, 3], [4], [5, 6, 7]], [[8]]]);
    const [a, b] = [text(), other].map((words) => model.forward(images(), words, still).arraySync());
    expect(a![0]).not.toEqual(b![0]);
    assertClose(a![1]!, b![1]!);
  });

  it("drop features before the classifier in training alone", () => {
    const model = visionPma(encoder(), { ...size, dropout: 0.9 });
    const bare = visionPma(encoder(), { ...size, dropout: 0 });
    const learning = trainingContext(rng(3));
    assertClose(model.forward(images(), null, still), bare.forward(images(), null, still), 0);
    const [dropped, full] = [model, bare].map((each) => each.outputs(images(), null, learning));
    assertClose(dropped!.features, full!.features, 0);
    expect(dropped!.logits.dataSync()).not.toEqual(full!.logits.dataSync());
  });

  it("leave nothing behind", () => {
    const [model, x, words] = [make({ missingText: "learned", textDropout: 0.5 }), images(), text()];
    assertNoLeak(() => model.forward(x, words, trainingContext(rng(1))));
    assertNoLeak(() => void tf.dispose(model.outputs(x, null, still) as unknown as tf.TensorContainer));
    assertNoLeak(() => tf.tidy(() => Object.values(valueAndGradients(model.params, () => tf.sum(model.forward(x, words, trainingContext(rng(1))))).gradients))); // prettier-ignore
  });
});

describe("samples without text", () => {
  const refusal = (sample: number) =>
    `bimodalPma: expected at least one phrase for each sample, got none for sample ${sample}. For images without text ` +
    "there are the student (`fineGrainedClassifier`, trained with the soft labels of this model), the model without " +
    'text (`visionPma`), and `missingText: "zeros"` or "learned" for a model that is trained so.';

  it("are refused, unless the model is made for them", () => {
    const model = make();
    for (const ctx of [still, trainingContext(rng(1))]) {
      expect(() => model.forward(images(), noText(), ctx)).toThrow(refusal(1));
      expect(() => model.forward(images(), null, ctx)).toThrow(refusal(0));
      expect(() => model.forward(images(), tf.zeros([batch, 0, 3], "int32"), ctx)).toThrow(refusal(0));
      expect(() => model.forward(images(), tf.zeros([batch, 2, 3], "int32"), ctx)).toThrow(refusal(0));
    }
  });

  it("have zeros in place of the text in `outputs`, which never waits", () => {
    const [refusing, zeros] = [make(), make({ missingText: "zeros" })];
    const reads = (["dataSync", "arraySync", "data", "array"] as const).map((name) => vi.spyOn(tf.Tensor.prototype, name)); // prettier-ignore
    const outputs = refusing.outputs(images(), noText(), still);
    visionPma(encoder(), size).outputs(images(), noText(), still);
    const calls = reads.map((read) => read.mock.calls.length);
    for (const read of reads) read.mockRestore();
    expect(calls).toEqual([0, 0, 0, 0]);
    assertClose(outputs.logits, zeros.forward(images(), noText(), still), 0);
  });

  it.each(["zeros", "learned"] as const)("are as images without any text (%s)", (missingText) => {
    const model = make({ missingText });
    const plain = model.forward(images(), noText(), still);
    assertClose(tf.slice(plain, 1, 1), tf.slice(model.forward(images(), null, still), 1, 1));
    assertClose(tf.slice(plain, 0, 1), tf.slice(make().forward(images(), text(), still), 0, 1));
    assertClose(model.forward(images(), tf.zeros([batch, 0, 3], "int32"), still), model.forward(images(), null, still), 0); // prettier-ignore
  });

  it("teach the learned vector, which samples with text do not", () => {
    const model = make({ missingText: "learned" });
    const gradient = (words: tf.Tensor3D) =>
      valueAndGradients(model.params, () => crossEntropy(model.forward(images(), words, still), tf.tensor1d([0, 2], "int32"))).gradients["attention.noText.vector"]!; // prettier-ignore
    expect(gradient(noText()).dataSync().some((value) => value !== 0)).toBe(true); // prettier-ignore
    assertClose(gradient(text()), tf.zeros([10]), 0);
    assertParamGradient(model, () => model.forward(images(), noText(), still), { epsilon: 1e-3, tolerance: 3e-2 });
  });
});

describe("text dropout", () => {
  const many = 40;
  const x = () => randomTensor<tf.Tensor4D>([many, 8, 8, 3], 4);
  const words = () => wordIds(Array.from({ length: many }, (_, i) => [[1 + (i % 10)], [2, 3]]));
  const droppedBy = (rate: number, ctx = trainingContext(rng(7))) =>
    tf.tidy(() => {
      const { stages } = make({ missingText: "zeros", textDropout: rate, stages: 1 }).outputs(x(), words(), ctx);
      return [...tf.sum(stages[0]!.availableLocal!, 1).dataSync()].map((left) => left === 0);
    });

  it("drops the text of whole samples, at the rate that is asked for, and repeats", () => {
    const dropped = droppedBy(0.5);
    expect(droppedBy(0.5)).toEqual(dropped);
    expect(droppedBy(0.5, trainingContext(rng(8)))).not.toEqual(dropped);
    const share = dropped.filter(Boolean).length / many;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.75);
    expect(droppedBy(0.9).filter(Boolean).length).toBeGreaterThan(many * share);
  });

  it("does nothing at rate 0, and in inference", () => {
    expect(droppedBy(0)).not.toContain(true);
    expect(droppedBy(0.9, still)).not.toContain(true);
  });
});

describe("refusals", () => {
  it("say what is wrong, before anything is made", () => {
    const [image, phrases] = [encoder(), wordMeans(5, 3)];
    const before = tf.memory().numTensors;
    expect(() => bimodalPma(image, phrases, { classes: 1 })).toThrow("bimodalPma: `classes` must be a whole number of at least 2, got 1."); // prettier-ignore
    expect(() => visionPma(image, { classes: 1 })).toThrow("visionPma: `classes` must be a whole number of at least 2, got 1."); // prettier-ignore
    expect(() => visionPma(image, { classes: 2, dropout: 1 })).toThrow("visionPma: `dropout` must be at least 0 and less than 1, got 1."); // prettier-ignore
    expect(() => visionPma(image, { classes: 2, stages: 0 })).toThrow("`stages` must be a whole number of at least 1");
    expect(() => bimodalPma(image, phrases, { classes: 2, missingText: "none" as "zeros" })).toThrow("bimodalPma: `missingText` must be one of error, zeros, learned, got none."); // prettier-ignore
    expect(() => bimodalPma(image, phrases, { classes: 2, textDropout: 0.1 })).toThrow(
      'bimodalPma: expected `textDropout` of 0, since `missingText` is "error", got 0.1; use `missingText: "zeros"` or "learned".',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("name shapes that do not fit, and images that are too small", () => {
    expect(() => make().forward(images(), wordIds([[[1]]]), still)).toThrow(
      "bimodalPma: expected `words` of shape [batch, phrase, word] (batch=2 from `x`), got [1, 1, 1].",
    );
    expect(() => make().forward(tf.zeros([2, 4, 4, 3]), text(), still)).toThrow(
      "imageBlocks: expected `map` of at least 2 × 2 cells, which are one block, got [2, 1, 1, 6]",
    );
  });
});

/** Stripes along one of two directions, of one of two colors that only the text names: four classes. */
function stripes(count: number, seed: number) {
  const pixels = new Float32Array(count * 16 * 16 * 3);
  const draws = rng(seed).uint32(2 * count);
  const labels = Array.from({ length: count }, (_, b) => draws[b]! % 4);
  pixels.forEach((_, at) => {
    const [b, y, x] = [Math.floor(at / 768), Math.floor(at / 48) % 16, Math.floor(at / 3) % 16];
    pixels[at] = ((labels[b]! % 2 === 0 ? x : y) + draws[count + b]!) % 4 < 2 ? 1 : -1;
  });
  const said = labels.map((label, b) => [[2 + Math.floor(label / 2)], [4 + ((draws[b]! >>> 8) % 4)], [8, 9]]);
  return { x: tf.tensor4d(pixels, [count, 16, 16, 3]), words: wordIds(said), labels: tf.tensor1d(labels, "int32") };
}

it("learns what neither the image nor the text tells alone, and what it learned can be copied by name", () => {
  const config = { classes: 4, finalDim: 16, dropout: 0.1, seed: 3, stages: 2 };
  const build = () => bimodalPma(convNet({ channels: [6, 8], seed: 5 }), wordMeans(11, 8, 6), config);
  const model = build();
  const { x, words, labels } = stripes(64, 1);
  for (let step = 0; step < 100; step++)
    tf.tidy(() => {
      const ctx = trainingContext(rng(2).split(step));
      sgdStep(model.params, valueAndGradients(model.params, () => crossEntropy(model.forward(x, words, ctx), labels)).gradients, 0.1); // prettier-ignore
    });
  const accuracy = (classify: typeof model.forward, of: ReturnType<typeof stripes>) =>
    tf.mean(tf.cast(tf.equal(tf.argMax(classify(of.x, of.words, still), 1), of.labels), "float32")).dataSync()[0]!;
  const fresh = stripes(48, 2); // images that it has not seen
  expect(accuracy(model.forward, fresh)).toBeGreaterThan(0.9);
  const copy = build();
  for (const [name, weight] of Object.entries(weightsOf(copy))) weight.assign(weightsOf(model)[name]! as tf.Tensor);
  assertClose(copy.forward(fresh.x, fresh.words, still), model.forward(fresh.x, fresh.words, still), 0);
});

it("comes back from a checkpoint by its keys", () => {
  const config = { missingText: "learned", shareStages: false } as const;
  const [saved, fresh] = [perturbParams(make(config), 3), make(config)];
  const bytes = encodeSafetensors(weightsOf(saved));
  const { loaded } = loadWeights(fresh, decodeSafetensors(bytes).tensors); // strict: every key must be known
  expect(loaded).toHaveLength(Object.keys(weightsOf(saved)).length);
  assertClose(fresh.forward(images(), text(), still), saved.forward(images(), text(), still), 0);
});
