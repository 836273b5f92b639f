import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inferenceContext, weightsOf, type ImageEncoder } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import { imagenetTrunk } from "@fovea/open-datasets";
import { MobileNetV2Model } from "nsfwjs/models/mobilenet_v2";

/**
 * The shipped graph itself without its head, for images of `size`. Keras fixes the padding before stride 2 when it
 * builds a graph: (0, 1) for the even sides it was built for, (1, 1) for odd ones.
 */
async function shippedTrunk(size: number): Promise<layers.LayersModel> {
  const json = structuredClone((await MobileNetV2Model.modelJson()).default);
  const { default: base64 } = await MobileNetV2Model.weightBundles[0]!();
  const graph = (json.modelTopology as unknown as ShippedTopology).model_config.config;
  graph.layers.length = 1 + graph.layers.findIndex(({ name }) => name === "out_relu");
  graph.output_layers = [["out_relu", 0, 0]];
  let side = size;
  for (const { class_name, config } of graph.layers) {
    if (class_name === "InputLayer") config.batch_input_shape = [null, size, size, 3];
    if (class_name !== "ZeroPadding2D") continue;
    config.padding = [0, 1].map(() => [side % 2, 1]);
    side = Math.ceil(side / 2);
  }
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights);
  const weightData = Uint8Array.from(Buffer.from(base64, "base64")).buffer;
  const load = () => Promise.resolve({ modelTopology: json.modelTopology, weightSpecs, weightData });
  return layers.loadLayersModel({ load }, { strict: false });
}

interface ShippedTopology {
  readonly model_config: { readonly config: { layers: ShippedLayer[]; output_layers: unknown } };
}

interface ShippedLayer {
  readonly name: string;
  readonly class_name: string;
  readonly config: { batch_input_shape?: unknown; padding?: unknown; readonly trainable?: boolean };
}

describe("imagenetTrunk", () => {
  let trunk: ImageEncoder;
  beforeAll(async () => {
    trunk = await imagenetTrunk({ until: "out_relu" });
  });
  afterAll(() => trunk.dispose());

  it.each([96, 77])("gives the features of the shipped graph at every stage, on images of %i pixels", async (size) => {
    const shipped = await shippedTrunk(size);
    const stages = trunk.stages.map((stage) => stage.name);
    const outputs = stages.map((name) => shipped.getLayer(name).output as layers.SymbolicTensor);
    const truncated = layers.model({ inputs: shipped.inputs, outputs });
    const images = randomTensor([2, size, size, 3], 3) as tf.Tensor4D;
    const expected = truncated.predict(images) as tf.Tensor[];
    const maps = trunk.maps(images, inferenceContext(), { take: stages });
    maps.forEach((map, i) => assertClose(map, expected[i]!, 1e-4));
    tf.dispose([images, expected, maps]);
    shipped.dispose();
  });

  it("is ImageNet's up to block_10: so far the shipped layers are marked as not trained any further", async () => {
    const { default: json } = await MobileNetV2Model.modelJson();
    const [, ...inner] = (json.modelTopology as unknown as ShippedTopology).model_config.config.layers;
    const trained = inner.findIndex(({ config }) => config.trainable);
    expect(inner.slice(trained).every(({ config }) => config.trainable)).toBe(true);
    expect([inner[trained - 1]!.name, inner[trained]!.name]).toEqual(["block_10_project_BN", "block_11_expand"]);
  });

  it("is cut after block_13_expand_relu unless told otherwise, and keeps nothing of the rest", async () => {
    const before = tf.memory().numTensors;
    const cut = await imagenetTrunk();
    expect(cut.stages.at(-1)).toEqual({ name: "block_13_expand_relu", channels: 576, stride: 16 });
    expect(tf.memory().numTensors - before).toBe(Object.keys(weightsOf(cut)).length);
    cut.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("keeps the map of stride 8 where it is told to, with the same weights", async () => {
    const [coarse, dilated] = [await imagenetTrunk(), await imagenetTrunk({ outputStride: 8 })];
    expect(dilated.stages.at(-1)).toEqual({ name: "block_13_expand_relu", channels: 576, stride: 8 });
    const [expected, got] = [weightsOf(coarse), weightsOf(dilated)];
    expect(Object.keys(got)).toEqual(Object.keys(expected));
    for (const [name, weight] of Object.entries(got)) assertClose(weight as tf.Tensor, expected[name] as tf.Tensor, 0);
    coarse.dispose();
    dilated.dispose();
  });

  it("names a stage that is not there", async () => {
    await expect(imagenetTrunk({ until: "dense_3" })).rejects.toThrow(/no stage `dense_3`/);
  });
});
