import * as tf from "@tensorflow/tfjs-core";
import { vgg16Bn } from "@fovea/backbones";
import { mvHfmdLoss } from "@fovea/losses";
import { countParams, inferenceContext, rng, trainingContext, weightsOf, type ImageEncoder } from "@fovea/nn";
import { assertClose, assertGradient, assertNoLeak, assertParamGradient, randomTensor } from "@fovea/nn/testing";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { mvHfmd, predict, type MvHfmdConfig } from "../src/index.js";
import { BATCH, CELLS, CLASSES, images, SIDE, tinyModel, tinyStem, VIEWS } from "./support.js";

const ctx = inferenceContext();
const all = ["single", "fused", "score"] as const;
const rows = (views: tf.Tensor, order: readonly number[]) => tf.gather(views, [...order], 1);

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describeOnEngines("mvHfmd", () => {
  it("gives logits for each view, for the collection, and their mean", () => {
    const { single, fused, score } = tinyModel().forward({ views: images() }, ctx, all);
    expectTypeOf(single).toEqualTypeOf<tf.Tensor3D>();
    expectTypeOf(fused).toEqualTypeOf<tf.Tensor2D>();
    expect(single.shape).toEqual([BATCH, VIEWS, CLASSES]);
    expect(fused.shape).toEqual([BATCH, CLASSES]);
    assertClose(score, tf.mean(single, 1));
  });

  it("reads one class token and the patch tokens of all views in the fused pass", () => {
    const seen: Record<string, number[]> = {};
    tinyModel().forward(
      { views: images() },
      inferenceContext((name, value) => (seen[name] = value.shape)),
      all,
    );
    const lengths = Object.entries(seen).filter(([name]) => name.endsWith("attention"));
    const of = (pass: string) => lengths.filter(([name]) => name.startsWith(pass)).map(([, shape]) => shape.at(-1));
    expect(of("single")).toEqual([1 + CELLS, 1 + CELLS]); // one for each of the two blocks
    expect(of("fused")).toEqual([1 + VIEWS * CELLS, 1 + VIEWS * CELLS]);
  });

  it("permutes the single logits with the views, and the fused ones stay only if the slots go along", () => {
    const model = tinyModel();
    const order = [2, 0, 1];
    const before = model.forward({ views: images() }, ctx, all);
    const moved = model.forward({ views: rows(images(), order) }, ctx, all);
    assertClose(moved.single, rows(before.single, order));
    expect(() => assertClose(moved.fused, before.fused)).toThrow("assertClose");
    const slots = model.params["fusion.fused.slot_embed"]!;
    slots.assign(tf.gather(slots, order));
    assertClose(model.forward({ views: rows(images(), order) }, ctx, all).fused, before.fused);
  });

  it("has a fused prediction indifferent to the order of views without slots, or with equal ones", () => {
    const equal = tinyModel();
    const slots = equal.params["fusion.fused.slot_embed"]!;
    slots.assign(tf.tile(tf.slice(slots, [0, 0], [1, -1]), [VIEWS, 1]));
    for (const model of [tinyModel({ slots: null }), equal]) {
      const { fused } = model.forward({ views: images() }, ctx, ["fused"]);
      assertClose(model.forward({ views: rows(images(), [1, 2, 0]) }, ctx, ["fused"]).fused, fused);
    }
  });

  it("does not see the scale of the slot embeddings: their norm is 1", () => {
    const model = tinyModel();
    const { fused } = model.forward({ views: images() }, ctx, ["fused"]);
    const slots = model.params["fusion.fused.slot_embed"]!;
    slots.assign(tf.mul(slots, 5));
    assertClose(model.forward({ views: images() }, ctx, ["fused"]).fused, fused);
  });

  it("says of copies of one view what it says of the view", () => {
    const { single, score } = tinyModel().forward({ views: rows(images(), [0, 0, 0]) }, ctx, all);
    for (let v = 1; v < VIEWS; v++) assertClose(rows(single, [v]), rows(single, [0]));
    assertClose(score, tf.squeeze(rows(single, [0]), [1]));
  });

  it("lets a masked view count for nothing", () => {
    const model = tinyModel();
    const two = model.forward({ views: rows(images(), [0, 1]) }, ctx, ["fused", "score"]);
    const mask = tf.tensor2d([1, 1, 0, 1, 1, 0], [BATCH, VIEWS]);
    const masked = model.forward({ views: images(), mask }, ctx, ["fused", "score"]);
    assertClose(masked.fused, two.fused);
    assertClose(masked.score, two.score);
  });

  it("gives the same from images and from the maps made of them", () => {
    const model = tinyModel();
    const maps = model.encode(images(), ctx);
    const direct = model.forward({ views: images() }, ctx, all);
    const cached = model.forward({ views: maps, from: "map" }, ctx, all);
    for (const name of all) assertClose(cached[name], direct[name]);
  });

  it("has the gradient that finite differences give, in the maps and in every weight past the stem", () => {
    const model = tinyModel({ dim: 4, depth: 1, heads: 1 });
    const maps = tf.mul(randomTensor([1, 2, 4, 4, 7]), 0.5);
    const labels = tf.tensor1d([3], "int32");
    const loss = (views: tf.Tensor) => {
      const { single, fused } = model.forward({ views, from: "map" }, ctx, ["single", "fused"]);
      // lambda 0: a stopped gradient is not what finite differences see
      return mvHfmdLoss({ single, fused }, labels, { lambda: 0 }).total;
    };
    assertGradient(loss, [maps]);
    const past = Object.fromEntries(Object.entries(model.params).filter(([name]) => !name.startsWith("stem.")));
    // Away from the small initial tokens, where a LayerNorm bends too sharply for finite differences.
    Object.values(past).forEach((param, i) => param.assign(tf.mul(randomTensor(param.shape, i), 0.5)));
    assertParamGradient({ params: past }, () => loss(maps), { epsilon: 5e-3 });
  });
});

describe("mvHfmd", () => {
  it("starts at zero logits, and so at a loss of 2 ln k and no distillation", () => {
    const model = mvHfmd(tinyStem(), { classes: CLASSES, imageSize: [SIDE, SIDE], dim: 8, depth: 1, heads: 2 });
    const { single, fused } = model.forward({ views: images() }, ctx, ["single", "fused"]);
    const labels = tf.tensor1d([0, 4], "int32");
    const { terms } = mvHfmdLoss({ single, fused }, labels);
    assertClose(fused, tf.zeros([BATCH, CLASSES]), 0);
    assertClose(terms["fused"]!, Math.log(CLASSES));
    assertClose(terms["single"]!, Math.log(CLASSES));
    assertClose(terms["distillation"]!, 0);
  });

  it("runs the stem once, on all views of all collections", () => {
    const batches: number[] = [];
    const stem = tinyStem();
    const counted: ImageEncoder = {
      ...stem,
      maps: (x, ...rest) => (batches.push(x.shape[0]), stem.maps(x, ...rest)),
    };
    const model = tinyModel({}, counted);
    batches.length = 0; // building it takes a look at the stem's map
    model.forward({ views: images() }, ctx, all);
    expect(batches).toEqual([BATCH * VIEWS]);
  });

  it("skips the single branch when only the fused prediction is asked for, and the other way round", () => {
    const passes = (mode: "fused" | "score" | "single") => {
      const seen = new Set<string>();
      const tapped = inferenceContext((name) => seen.add(name.split("/")[0]!));
      tinyModel().forward({ views: images() }, tapped, [mode]);
      return [...seen].filter((name) => name === "fused" || name === "single");
    };
    const attention = (mode: "fused" | "single") => {
      let count = 0;
      const tapped = inferenceContext(
        (name) => void (count += Number(name.startsWith(mode) && name.endsWith("attention"))),
      );
      tinyModel().forward({ views: images() }, tapped, [mode === "fused" ? "single" : "fused"]);
      return count;
    };
    expect(attention("single")).toBe(0);
    expect(attention("fused")).toBe(0);
    expect(passes("fused")).toContain("fused");
  });

  it("moves the slot embeddings through the fused logits only", () => {
    const model = tinyModel();
    const slots = model.params["fusion.fused.slot_embed"]!;
    const gradient = (name: "single" | "fused" | "score") =>
      tf.variableGrads(() => tf.sum(tf.square(model.forward({ views: images() }, ctx, [name])[name])) as tf.Scalar);
    const norm = (name: "single" | "fused" | "score") => {
      const found = gradient(name).grads[slots.name];
      return found ? tf.norm(found).dataSync()[0]! : 0;
    };
    expect(norm("fused")).toBeGreaterThan(0);
    expect(norm("single")).toBe(0);
    expect(norm("score")).toBe(0);
  });

  it("has slots + 1 transformers if they are not shared, and each view goes through its own", () => {
    const shared = tinyModel();
    const apart = tinyModel({ shareEncoder: false });
    const transformer = (model: typeof shared) =>
      Object.entries(model.params).reduce((n, [name, v]) => n + (name.startsWith("transformer") ? v.size : 0), 0);
    expect(transformer(apart)).toBe((VIEWS + 1) * transformer(shared));
    const { single, fused } = apart.forward({ views: rows(images(), [0, 0, 0]) }, ctx, ["single", "fused"]);
    expect(fused.shape).toEqual([BATCH, CLASSES]);
    expect(() => assertClose(rows(single, [1]), rows(single, [0]))).toThrow("assertClose");
  });

  it("trains one transformer a slot with a single view", () => {
    const model = tinyModel({ shareEncoder: false });
    const loss = () => tf.sum(model.forward({ views: images(0, BATCH, 1) }, ctx, ["single"]).single) as tf.Scalar;
    const { grads } = tf.variableGrads(loss);
    expect(tf.norm(grads[model.params["transformer.view0.head.weight"]!.name]!).dataSync()[0]).toBeGreaterThan(0);
  });

  it("adds slots × dim numbers to the network, and none without slots", () => {
    expect(countParams(tinyModel()) - countParams(tinyModel({ slots: null }))).toBe(VIEWS * 8);
  });

  it("repeats a training pass for the same step and not for another", () => {
    const model = tinyModel({ headDropout: 0.5 });
    const at = (step: number) =>
      model.forward({ views: images() }, trainingContext(rng(7).split("step", step)), ["fused"]).fused.arraySync();
    expect(at(1)).toEqual(at(1));
    expect(at(2)).not.toEqual(at(1));
  });

  it("is the same after its weights are copied by name into a fresh one", () => {
    const model = tinyModel();
    const fresh = tinyModel({ seed: 9 }, tinyStem(4));
    const weights = weightsOf(model);
    expect(Object.keys(weightsOf(fresh))).toEqual(Object.keys(weights));
    for (const [name, variable] of Object.entries(weightsOf(fresh))) variable.assign(weights[name]!);
    for (const name of all)
      assertClose(
        fresh.forward({ views: images() }, ctx, all)[name],
        model.forward({ views: images() }, ctx, all)[name],
      );
  });

  it("predicts probabilities", () => {
    const model = tinyModel();
    assertClose(tf.sum(predict(model, { views: images() }), -1), tf.ones([BATCH]));
    const [together, each] = [predict(model, { views: images() }), predict(model, { views: images() }, "single")];
    expectTypeOf(together).toEqualTypeOf<tf.Tensor2D>();
    expectTypeOf(each).toEqualTypeOf<tf.Tensor3D>();
    expect(each.shape).toEqual([BATCH, VIEWS, CLASSES]);
    assertClose(
      predict(model, { views: images() }, "score"),
      tf.softmax(model.forward({ views: images() }, ctx, ["score"]).score),
    );
  });

  it("frees all it made: no tensor more after 10 training passes, 10 predictions, or its disposal", () => {
    const views = images();
    const labels = tf.tensor1d([1, 2], "int32");
    const before = tf.memory().numTensors;
    const model = tinyModel();
    const step = (i: number) =>
      tf.variableGrads(() => {
        const outputs = model.forward({ views }, trainingContext(rng(i)), ["single", "fused"]);
        return mvHfmdLoss(outputs, labels).total;
      });
    assertNoLeak(() => {
      const { value, grads } = step(3);
      tf.dispose([value, ...Object.values(grads)]);
    }, 10);
    assertNoLeak(() => predict(model, { views }), 10);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ classes: 1 }, "mvHfmd: `classes` must be a whole number of at least 2, got 1."],
    [{ imageSize: [16, 0] }, "mvHfmd: `imageSize[1]` must be a whole number of at least 1, got 0."],
    [{ imageSize: [15.5, 16] }, "mvHfmd: `imageSize[0]` must be a whole number of at least 1, got 15.5."],
    [{ dim: 0 }, "mvHfmd: `dim` must be a whole number of at least 1, got 0."],
    [{ heads: 3 }, "mvHfmd: `heads` must divide `dim` = 8, got 3."],
    [{ depth: -1 }, "mvHfmd: `depth` must be a whole number of at least 0, got -1."],
    [{ mlpRatio: 0 }, "mvHfmd: `dim · mlpRatio` must be a whole number of at least 1, got 0."],
    [{ dropPath: 1 }, "mvHfmd: `dropPath` must be at least 0 and less than 1, got 1."],
    [{ headDropout: -1 }, "mvHfmd: `headDropout` must be at least 0 and less than 1, got -1."],
    [{ slots: 0 }, "mvHfmd: `slots` must be a whole number of at least 1, got 0."],
    [{ slots: null, shareEncoder: false }, "so `slots` must be a number."],
    [{ stage: "nowhere" }, "mvHfmd: no stage `nowhere`; there are"],
    [{ mergeStage: "stage2", stage: "stage1" }, "mvHfmd: `mergeStage` (stage2) must not be deeper than `stage`"],
  ] as [Partial<MvHfmdConfig>, string][])("refuses %o and leaves nothing behind", (config, message) => {
    const stem = tinyStem();
    const before = tf.memory().numTensors;
    expect(() => tinyModel(config, stem)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses images too small for the stem, and leaves nothing behind", () => {
    const stem = vgg16Bn({ width: 1 });
    const before = tf.memory().numTensors;
    expect(() => tinyModel({}, stem)).toThrow(
      "maxPool2d: expected `x` with sides of at least the window's 2 × 2 cells",
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("takes its grid from the stem's own map, however that rounds", () => {
    const model = tinyModel({ imageSize: [40, 70], slots: null }, vgg16Bn({ width: 1 }));
    expect(model.grid).toEqual([1, 2]); // rounded up it would be 2 × 3
    const { fused } = model.forward({ views: randomTensor([1, 2, 40, 70, 3]) }, ctx, ["fused"]);
    expect(fused.shape).toEqual([1, CLASSES]);
    expect(tinyModel({ imageSize: [15, 17] }).grid).toEqual([4, 5]);
    expect(tinyModel({ imageSize: [15, 17], stage: "stage1" }).grid).toEqual([8, 9]);
  });

  it("looks at the stem without moving its statistics", () => {
    const stem = tinyStem();
    const before = Object.values(stem.buffers!).map((buffer) => buffer.arraySync());
    tinyModel({}, stem);
    expect(Object.values(stem.buffers!).map((buffer) => buffer.arraySync())).toEqual(before);
  });

  it("refuses more views than slots and a mask that does not fit, by name", () => {
    const four = images(0, BATCH, 4);
    expect(() => tinyModel().forward({ views: four }, ctx, ["fused"])).toThrow("expected at most 3 views");
    expect(() => tinyModel({ shareEncoder: false }).forward({ views: four }, ctx, ["single"])).toThrow(
      "4 views, but there are 3",
    );
    expect(() => tinyModel().forward({ views: images(), mask: tf.ones([BATCH, 2]) }, ctx, ["fused"])).toThrow(
      "multiViewClassifier: expected `mask` of shape [batch, view] (batch=2 from `views`, view=3 from `views`), got [2, 2].",
    );
  });
});
