import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { mobileNetV2 } from "@fovea/backbones";
import { weightsOf } from "@fovea/nn";
import { loadPretrained } from "../src/index.js";
import { nsfwjsTrunk } from "../src/nsfwjs.js";

it("the trunk in nsfwjs has every weight of Keras' MobileNetV2, and nothing else", async () => {
  const before = tf.memory().numTensors;
  const [weights, trunk] = [await nsfwjsTrunk(), mobileNetV2()];
  const report = loadPretrained(trunk, weights);
  expect(report).toMatchObject({ fresh: [], adapted: [], unused: [] });
  expect([...report.loaded].sort()).toEqual(Object.keys(weightsOf(trunk)).sort());
  const cut = mobileNetV2({ until: "block_6_project_BN", inChannels: 1 });
  expect(loadPretrained(cut, weights, { partial: true }).adapted).toEqual(["Conv1/kernel"]);
  weights.dispose();
  trunk.dispose();
  cut.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
