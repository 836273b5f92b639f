import assert from "node:assert/strict";
import { classifier, convNet } from "@fovea/backbones";
import { lstmPhraseEncoder, phraseExtractor, vocabularyOf } from "@fovea/bimodal";
import { cachedPhrases } from "@fovea/bimodal/node";
import { winkTagger } from "@fovea/bimodal/wink";
import { imageBatches } from "@fovea/data";
import { imageFolder } from "@fovea/data/node";
import { useEngine } from "@fovea/engine";
import { meanFusion } from "@fovea/fusion";
import { fusionContract } from "@fovea/fusion/contract";
import { crossEntropy, mvHfmdLoss } from "@fovea/losses";
import { bimodalPma, mvHfmd } from "@fovea/models";
import { countParams, inferenceContext, padPhrases } from "@fovea/nn";
import { saveSafetensors } from "@fovea/nn/node";
import { assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { encode, graphBuilder, loweringOf, print } from "@fovea/onnx-graph";
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
  cachedPhrases,
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

const phrases = phraseExtractor(winkTagger())("this bird has a red crown and a white belly");
assert.deepEqual(phrases, ["bird", "red crown", "white belly"]);
const vocabulary = vocabularyOf(phrases, { minCount: 1 });
const words = padPhrases([phrases.map(vocabulary.idsOf)]);
const reader = lstmPhraseEncoder({ size: vocabulary.size, embedding: 4, hidden: 8 });
const bimodal = bimodalPma(convNet({ channels: [4, 8] }), reader, { classes: 3, finalDim: 8, missingText: "zeros" });
const [image] = tf.unstack(images, 1) as tf.Tensor4D[];
const read = (ids: tf.Tensor3D | null) => bimodal.forward(image!, ids, inferenceContext());
const learned = tf.variableGrads(() => crossEntropy(read(words), labels)).grads;
assert.equal(Object.keys(learned).length, Object.keys(bimodal.params).length);
assert.notDeepEqual(read(words).arraySync(), read(null).arraySync());
assertNoLeak(() => tf.tidy(() => read(words).clone()));

const mean = meanFusion("vector").merge(tf.tensor3d([[[1], [3]]]), null, inferenceContext());
assert.deepEqual([...mean.dataSync()], [2]);
const graph = graphBuilder({ block: 1, portable: true, parallel: false });
const input = graph.input({ name: "x", type: "float32", shape: [2, 3] }, 0);
const output = graph.output(loweringOf(tf.Relu)!.lower(graph, [input], {}) as typeof input, "y");
const onnx = {
  name: "relu",
  inputs: [input],
  initializers: graph.initializers,
  nodes: graph.emitted,
  outputs: [output],
};
assert.match(print(onnx), /^output y : float32\[2, 3\]$/m);
assert.ok(encode(onnx).length > 0);

console.log(
  `${tf.getBackend()}: every package loads; MV-HFMD of ${countParams(model)} params and PMA of ${countParams(bimodal)} have losses and gradients`,
);
