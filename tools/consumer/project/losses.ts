import assert from "node:assert/strict";
import { useEngine } from "@fovea/engine";
import { crossEntropy, mvHfmdLoss } from "@fovea/losses";
import * as tf from "@tensorflow/tfjs-core";

await useEngine();
assert.match(import.meta.resolve("@fovea/losses"), /losses\/dist\/index\.js$/);

const logits: tf.Tensor2D = tf.zeros([2, 3]);
const labels = tf.tensor1d([0, 2], "int32");
const { value, grad } = tf.valueAndGrad((z) => crossEntropy(z as tf.Tensor2D, labels))(logits);
assert.ok(Math.abs(value.dataSync()[0]! - Math.log(3)) < 1e-6);
assert.ok(Math.abs(grad.dataSync()[0]! + 1 / 3) < 1e-6); // (1/3 - 1) / 2

const { total, terms } = mvHfmdLoss({ single: tf.zeros([2, 4, 3]), fused: logits }, labels);
assert.deepEqual(Object.keys(terms), ["fused", "single", "distillation"]);
assert.ok(Math.abs(total.dataSync()[0]! - 2 * Math.log(3)) < 1e-6);
console.log(`${tf.getBackend()}: cross-entropy ${value.dataSync()[0]!.toFixed(4)} = ln 3`);
