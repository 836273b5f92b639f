import assert from "node:assert/strict";
import { classifier, convNet } from "@fovea/backbones";
import { imageBatches } from "@fovea/data";
import { imageFolder } from "@fovea/data/node";
import { useEngine } from "@fovea/engine";
import { meanFusion } from "@fovea/fusion";
import { fusionContract } from "@fovea/fusion/contract";
import { mvHfmdLoss } from "@fovea/losses";
import { mvHfmd } from "@fovea/models";
import { countParams, inferenceContext } from "@fovea/nn";
import { saveSafetensors } from "@fovea/nn/node";
import { assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { fit } from "@fovea/train";
import { checkpointFolder } from "@fovea/train/node";
import { transformerEncoder } from "@fovea/transformers";
import * as tf from "@tensorflow/tfjs-core";

await useEngine();
const parts = [
  classifier,
  imageBatches,
  imageFolder,
  fusionContract,
  saveSafetensors,
  fit,
  checkpointFolder,
  transformerEncoder,
];
for (const part of parts) assert.equal(typeof part, "function");

const images = randomTensor<tf.Tensor5D>([1, 2, 16, 16, 3]); // [batch, view, height, width, channels]
const model = mvHfmd(convNet({ channels: [4, 8] }), { classes: 3, imageSize: [16, 16], dim: 8, depth: 1, heads: 2 });
const labels = tf.tensor1d([1], "int32");
const forward = () => {
  const { single, fused } = model.forward({ views: images }, inferenceContext(), ["single", "fused"]);
  return mvHfmdLoss({ single: single as tf.Tensor3D, fused: fused as tf.Tensor2D }, labels).total;
};
const { value, grads } = tf.variableGrads(() => tf.tidy(forward), Object.values(model.params));
assert.ok(Math.abs(value.dataSync()[0]! - 2 * Math.log(3)) < 1e-5); // the head starts at zero
assert.equal(Object.keys(grads).length, Object.keys(model.params).length);
assertNoLeak(() => tf.tidy(forward));

const mean = meanFusion("vector").merge(tf.tensor3d([[[1], [3]]]), null, inferenceContext());
assert.deepEqual([...mean.dataSync()], [2]);
console.log(
  `${tf.getBackend()}: every package loads; MV-HFMD of ${countParams(model)} params has a loss and gradients`,
);
