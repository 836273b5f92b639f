import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { classifier, mobileNetV2, resNet, vgg16Bn, vggClassifier, type Classifier } from "@fovea/backbones";
import { inferenceContext, weightsOf } from "@fovea/nn";
import { loadPretrained, pretrainedWeights, type PretrainedWeights } from "../../src/index.js";

interface Published {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly logits: readonly number[];
}

const published = JSON.parse(readFileSync(new URL("published.json", import.meta.url), "utf8")) as Record<
  string,
  Published
>;

const SIDE = 32;

/** offset + scale · u, u being numbers of −1 to 1 that look like noise: `noise` of `published.py`. */
function noise(size: number, number: number, scale = 1, offset = 0): Float32Array {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const wave = Math.sin(12.9898 * i + 78.233 * number) * 43758.5453;
    values[i] = offset + scale * (2 * (wave - Math.floor(wave)) - 1);
  }
  return values;
}

/** The weights that `published.py` gave to the network. */
function weightsLike(name: string): PretrainedWeights {
  const tensors = Object.entries(published[name]!.shapes).map(([key, shape], i) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const kernelScale = Math.sqrt(6 / shape.slice(1).reduce((product, length) => product * length, 1));
    const positive = /(running_var|weight)$/.test(key);
    const [scale, offset] = shape.length > 1 ? [kernelScale, 0] : positive ? [0.3, 1] : [0.2, 0];
    return [key, tf.tensor(noise(size, i, scale, offset), [...shape])];
  });
  return pretrainedWeights({
    name,
    tensors: Object.fromEntries(tensors) as PretrainedWeights["tensors"],
    layout: "pytorch",
    architecture: name.split("/")[1]!,
    license: null,
    preprocessing: null,
  });
}

const networks: readonly (readonly [string, () => Classifier])[] = [
  ["timm/resnet18", () => classifier(resNet({ depth: 18 }), { classes: 1000 })],
  ["timm/resnet50", () => classifier(resNet({ depth: 50 }), { classes: 1000 })],
  ["timm/mobilenetv2_100", () => classifier(mobileNetV2({ variant: "torchvision" }), { classes: 1000 })],
  ["timm/vgg16_bn", () => vggClassifier(vgg16Bn({ width: 8 }), { classes: 10, hidden: 48 })],
  ["torchvision/resnet18", () => classifier(resNet({ depth: 18 }), { classes: 1000 })],
  ["torchvision/vgg16_bn", () => vggClassifier(vgg16Bn({ width: 8 }), { classes: 10, hidden: 48 })],
  ["torchvision/mobilenet_v2", () => classifier(mobileNetV2({ variant: "torchvision" }), { classes: 1000 })],
];

describe("the published network, with the published names", () => {
  it.each(networks)("%s computes here what it computes there", async (name, build) => {
    const [model, weights] = [build(), weightsLike(name)];
    const report = loadPretrained(model, weights);
    weights.dispose();
    expect([...report.loaded].sort()).toEqual(Object.keys(weightsOf(model)).sort());
    expect(report).toMatchObject({ fresh: [], adapted: [], unused: [] });
    const logits = tf.tidy(() => {
      const planes = tf.tensor4d(noise(3 * SIDE * SIDE, 0), [1, 3, SIDE, SIDE]);
      return model.forward(tf.transpose(planes, [0, 2, 3, 1]) as tf.Tensor4D, inferenceContext());
    });
    const values = Array.from(await logits.data()).slice(0, 8);
    const expected = published[name]!.logits;
    const scale = Math.max(...expected.map(Math.abs));
    values.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-4 * scale));
    tf.dispose(logits);
    model.dispose();
  });
});
