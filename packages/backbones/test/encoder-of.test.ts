import * as tf from "@tensorflow/tfjs-core";
import { encoderOf, type StageSpec } from "@fovea/backbones";
import { inferenceContext, linear, moduleOf, pureLayer } from "@fovea/nn";
import { expect, it } from "vitest";

/** Stage `i` adds 10^i, so that a sum tells which stages have run. */
const plan = (i: number, built: string[] = []): StageSpec => ({
  name: `s${i}`,
  channels: 1,
  stride: 1,
  build: () => (built.push(`s${i}`), pureLayer((x) => tf.add(x, 10 ** i))),
});
const ctx = inferenceContext();

it("encoderOf runs each stage once, in order, from where it is told to where it must", () => {
  const seen: string[] = [];
  const encoder = encoderOf({ name: "sum", inChannels: 1, stages: [0, 1, 2, 3].map((i) => plan(i)) });
  const x = tf.zeros<tf.Rank.R4>([1, 1, 1, 1]);
  const maps = encoder.maps(
    x,
    inferenceContext((name) => seen.push(name)),
    { from: "s0", take: ["s2", "s1", "s2"] },
  );
  expect(maps.map((map) => map.dataSync()[0])).toEqual([110, 10, 110]);
  expect(seen).toEqual(["s1", "s2"]);
  expect(encoder.maps(x, ctx, { take: [] })).toEqual([]);
  tf.dispose([x, maps]);
});

it("encoderOf builds up to `until` and checks everything before it builds anything", () => {
  const built: string[] = [];
  const stages = [0, 1, 2].map((i) => plan(i, built));
  expect(() => encoderOf({ name: "sum", inChannels: 1, stages, until: "s9" })).toThrow(
    "sum: no stage `s9`; there are s0, s1, s2.",
  );
  expect(() => encoderOf({ name: "sum", inChannels: 0, stages })).toThrow("sum: `inChannels` must be");
  expect(built).toEqual([]);
  expect(encoderOf({ name: "sum", inChannels: 1, stages, until: "s1" }).stages.length).toBe(2);
  expect(built).toEqual(["s0", "s1"]);
});

it("encoderOf taps every map under its stage's name and scopes what is inside", () => {
  const inner: StageSpec = {
    name: "stage",
    channels: 1,
    stride: 1,
    build: () => ({ ...moduleOf({}), forward: (x, ctx) => (ctx.tap?.("inside", x), tf.clone(x)) }),
  };
  const seen: string[] = [];
  const encoder = encoderOf({ name: "tapped", inChannels: 1, stages: [inner] });
  const x = tf.zeros<tf.Rank.R4>([1, 1, 1, 1]);
  tf.dispose([
    x,
    encoder.maps(
      x,
      inferenceContext((name) => seen.push(name)),
    ),
  ]);
  expect(seen).toEqual(["stage/inside", "stage"]);
});

it("encoderOf loses no stage and no weight to another of the same name", () => {
  const twice = [plan(0), { ...plan(1), name: "s0" }];
  expect(() => encoderOf({ name: "sum", inChannels: 1, stages: twice })).toThrow(
    "sum: expected stages with different names, got two with the name `s0`.",
  );
  const layer = linear({ in: 1, out: 1 });
  const shared = [0, 1].map((i) => ({ ...plan(i), build: () => layer }));
  expect(Object.keys(encoderOf({ name: "sum", inChannels: 1, stages: shared }).params)).toEqual(["weight", "bias"]);
  const own = [0, 1].map((i) => ({ ...plan(i), build: () => linear({ in: 1, out: 1 }) }));
  expect(() => encoderOf({ name: "sum", inChannels: 1, stages: own })).toThrow(
    "sum: expected a different name for every weight, got two weights with the name `weight`.",
  );
  const kinds = [moduleOf({ scale: layer.params["bias"]! }), moduleOf({}, { scale: layer.params["weight"]! })];
  const mixed = kinds.map((module, i) => ({
    ...plan(i),
    build: () => ({ ...pureLayer((x) => tf.clone(x)), ...module }),
  }));
  expect(() => encoderOf({ name: "sum", inChannels: 1, stages: mixed })).toThrow(
    "sum: expected a different name for every weight, got two weights with the name `scale`.",
  );
});
