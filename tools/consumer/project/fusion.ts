import assert from "node:assert/strict";
import { useEngine } from "@fovea/engine";
import { attentionFusion, maxFusion, type Fusion } from "@fovea/fusion";
import { inferenceContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

await useEngine();
assert.match(import.meta.resolve("@fovea/fusion"), /fusion\/dist\/index\.js$/);

const views = tf.tensor3d([
  [
    [1, 4],
    [3, 2],
  ],
]); // [batch, view, dim]
const merged = (fusion: Fusion, mask: tf.Tensor2D | null) => [
  ...fusion.merge(views, mask, inferenceContext()).dataSync(),
];
assert.deepEqual(merged(maxFusion("vector"), null), [3, 4]);
assert.deepEqual(merged(attentionFusion({ dim: 2 }), tf.tensor2d([[0, 1]])), [3, 2]);
console.log(`${tf.getBackend()}: two views merged`);
