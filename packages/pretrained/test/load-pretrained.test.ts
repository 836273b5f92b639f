import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { classifier, mobileNetV2, projectedEncoder, resNet, vgg16Bn, vggClassifier } from "@fovea/backbones";
import { inferenceContext, weightsOf, type Module } from "@fovea/nn";
import { loadPretrained, pretrainedWeights, type PretrainedWeights } from "../src/index.js";
import { published } from "./published.js";

const narrow = (options: object = {}) => resNet({ depth: 18, width: 8, ...options });

/** The published weights of a module. */
const weightsLike = (module: Module): PretrainedWeights =>
  pretrainedWeights({
    name: "timm/net@1234567",
    tensors: published(module),
    layout: "pytorch",
    architecture: "resnet18",
    license: null,
    preprocessing: null,
  });

const valuesOf = (module: Module) =>
  Object.fromEntries(Object.entries(weightsOf(module)).map(([key, weight]) => [key, Array.from(weight.dataSync())]));

let before = 0;
const made: { dispose(): void }[] = [];
/** Disposes it after the test. */
const own = <T extends { dispose(): void }>(thing: T): T => (made.push(thing), thing);
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => {
  for (const thing of made.splice(0)) thing.dispose();
  expect(tf.memory().numTensors).toBe(before); // loading leaves no tensor behind
});

describe("loadPretrained", () => {
  it("gives a classifier of as many classes every weight, and does not count counters", () => {
    const [source, target] = [
      own(classifier(narrow({ seed: 1 }), { classes: 6 })),
      own(classifier(narrow(), { classes: 6 })),
    ];
    const report = loadPretrained(target, own(weightsLike(source)));
    expect(valuesOf(target)).toEqual(valuesOf(source));
    expect(report).toEqual({ loaded: Object.keys(weightsOf(source)), fresh: [], adapted: [], unused: [] });
  });

  it("leaves the last layer as it is where there are other classes, and loads the rest", () => {
    const [source, target] = [
      own(classifier(narrow({ seed: 1 }), { classes: 6 })),
      own(classifier(narrow(), { classes: 3 })),
    ];
    const initial = valuesOf(target);
    const report = loadPretrained(target, own(weightsLike(source)));
    expect(report).toMatchObject({ fresh: ["fc.weight", "fc.bias"], unused: ["fc.weight", "fc.bias"] });
    expect(valuesOf(target)).toEqual({
      ...valuesOf(source),
      "fc.weight": initial["fc.weight"],
      "fc.bias": initial["fc.bias"],
    });
  });

  it("loads an encoder from the file of a classifier", () => {
    const [source, target] = [own(classifier(narrow({ seed: 1 }), { classes: 6 })), own(narrow())];
    expect(loadPretrained(target, own(weightsLike(source))).unused).toEqual(["fc.weight", "fc.bias"]);
  });

  it("finds the last layer by another name", () => {
    const keys = { weight: "classifier.1.weight", bias: "classifier.1.bias" };
    const network = (seed: number) => mobileNetV2({ variant: "torchvision", alpha: 0.1, seed });
    const source = own(classifier(network(1), { classes: 6, keys }));
    const target = own(classifier(network(0), { classes: 6 }));
    const report = loadPretrained(target, own(weightsLike(source)));
    expect(report).toMatchObject({ fresh: [], unused: [] });
    expect(valuesOf(target)["fc.weight"]).toEqual(valuesOf(source)["classifier.1.weight"]);
  });

  it("gives a network for grey images what it gave to the same image in colour", () => {
    const [source, target] = [own(narrow({ seed: 1 })), own(narrow({ inChannels: 1 }))];
    const report = loadPretrained(target, own(weightsLike(source)));
    expect(report.adapted).toEqual(["conv1.weight"]);
    tf.tidy(() => {
      const grey = tf.randomUniform<tf.Rank.R4>([2, 32, 32, 1], -1, 1, "float32", 3);
      const [ours, theirs] = [
        target.vector(grey, inferenceContext()).dataSync(),
        source.vector(tf.tile(grey, [1, 1, 1, 3]), inferenceContext()).dataSync(),
      ];
      ours.forEach((value, i) => expect(value).toBeCloseTo(theirs[i]!, 4));
    });
  });

  it("repeats the kernel over more channels, as large in sum", () => {
    const [source, target] = [own(narrow({ seed: 1 })), own(narrow({ inChannels: 5 }))];
    loadPretrained(target, own(weightsLike(source)));
    tf.tidy(() => {
      const slices = (module: Module) => tf.unstack(module.params["conv1.weight"]!, 2);
      const [red, green, blue] = slices(source).map((slice) => Array.from(tf.mul(slice, 3 / 5).dataSync()));
      const found = slices(target).map((slice) => Array.from(slice.dataSync()));
      [red, green, blue, red, green].forEach((slice, i) =>
        slice!.forEach((value, k) => expect(found[i]![k]).toBeCloseTo(value, 6)),
      );
    });
  });

  it("adapts kernels in the layout of Keras, too", () => {
    const [source, target] = [
      own(mobileNetV2({ alpha: 0.1, seed: 1 })),
      own(mobileNetV2({ alpha: 0.1, inChannels: 1 })),
    ];
    const weights = pretrainedWeights({ ...own(weightsLike(source)), tensors: weightsOf(source), layout: "fovea" });
    expect(loadPretrained(target, weights).adapted).toEqual(["Conv1/kernel"]);
    tf.tidy(() => {
      const sum = tf.sum(source.params["Conv1/kernel"]!, 2, true).dataSync();
      expect(target.params["Conv1/kernel"]!.dataSync()).toEqual(sum);
    });
  });

  it("gives a part of the network its part, if told that it is one", () => {
    const [source, target] = [own(narrow({ seed: 1 })), own(narrow({ until: "layer2" }))];
    const weights = own(weightsLike(source));
    expect(() => loadPretrained(target, weights)).toThrow(
      "loadPretrained: nothing was loaded: timm/net@1234567, a resnet18, does not fit the module: the module lacks " +
        "`layer3.0.conv1.weight`, `layer3.0.bn1.weight`, `layer3.0.bn1.bias`, `layer3.0.conv2.weight` and 46 more of it. " +
        "For a module that is a part of the network, say `partial: true`.",
    );
    const { loaded, unused } = loadPretrained(target, weights, { partial: true });
    expect(loaded).toEqual(Object.keys(weightsOf(target)));
    expect(unused.every((key) => /^layer[34]/.test(key))).toBe(true);
  });

  it("refuses what the file lacks, unless it is to be fresh, and then loads nothing", () => {
    const [source, target] = [own(narrow({ seed: 1 })), own(projectedEncoder(narrow(), { channels: 15 }))];
    const [weights, initial] = [own(weightsLike(source)), valuesOf(target)];
    expect(() => loadPretrained(target, weights)).toThrow(
      /it lacks `projection\.conv\.weight`.* of the module\. Weights that shall keep their initial values are named by `fresh`\.$/,
    );
    expect(valuesOf(target)).toEqual(initial);
    const { fresh } = loadPretrained(target, weights, { fresh: ["projection."] });
    expect(fresh.every((key) => key.startsWith("projection."))).toBe(true);
  });

  it("refuses the classifier of another network for a module that has one of its own", () => {
    const source = own(vggClassifier(vgg16Bn({ width: 2, seed: 1 }), { classes: 3, hidden: 4, cells: 1 }));
    const target = own(classifier(vgg16Bn({ width: 2 }), { classes: 3 }));
    expect(() => loadPretrained(target, own(weightsLike(source)))).toThrow(
      /the module lacks `classifier\.0\.weight`, `classifier\.0\.bias`, `classifier\.3\.weight`/,
    );
  });

  it("refuses another network, and says what differs both ways", () => {
    const [source, target] = [own(narrow()), own(vgg16Bn({ width: 2 }))];
    expect(() => loadPretrained(target, own(weightsLike(source)))).toThrow(
      /it lacks `features\.0\.weight`.*; the module lacks `conv1\.weight`.*another library's names, which `rename` translates\.$/,
    );
  });

  it("refuses the same names with other shapes, by name", () => {
    const [source, target] = [own(narrow()), own(narrow({ width: 4 }))];
    const initial = valuesOf(target);
    expect(() => loadPretrained(target, own(weightsLike(source)))).toThrow(
      /^loadPretrained: timm\/net@1234567: loadWeights: nothing was loaded: conv1\.weight: expected float32 \[7, 7, 3, 4\], got float32 \[8, 3, 7, 7\]/,
    );
    expect(valuesOf(target)).toEqual(initial);
  });

  it("takes names of one's own by `rename`", () => {
    const [source, target] = [own(narrow({ seed: 1 })), own(narrow())];
    const weights = own(weightsLike(source));
    const prefixed = Object.fromEntries(Object.entries(weights.tensors).map(([key, t]) => [`trunk.${key}`, t]));
    const rename = (key: string) => (key.startsWith("trunk.") ? key.slice("trunk.".length) : undefined);
    loadPretrained(target, { ...weights, tensors: prefixed }, { rename });
    expect(valuesOf(target)).toEqual(valuesOf(source));
  });
});
