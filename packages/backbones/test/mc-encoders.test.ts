import * as tf from "@tensorflow/tfjs-core";
import { mcResNet18, mcVgg16, resNet, vgg16Bn, type Classifier, type McEncoderConfig } from "@fovea/backbones";
import { inferenceContext, weightsOf, type ImageEncoder } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import { describe, expect, it } from "vitest";
import { sizeAtWidth64 } from "./counting.js";
import { randomStatistics, referenceResNet } from "./reference.js";
import { resNetShapes, vgg16BnShapes } from "./torchvision.js";

const ctx = inferenceContext();

describe.each([
  ["mcVgg16", mcVgg16],
  ["mcResNet18", mcResNet18],
] as const)("%s", (name, make) => {
  it("gives maps of 14² cells with the channels of each class, from images of 224²", () => {
    const encoder = make({ classes: 5, channelsPerClass: 7, width: 2 });
    const images = randomTensor<tf.Tensor4D>([1, 224, 224, 3]);
    const [map] = encoder.maps(images, ctx) as [tf.Tensor4D];
    expect(map.shape).toEqual([1, 14, 14, 35]);
    expect(encoder.stages.at(-1)).toMatchObject({ channels: 35, stride: 16 });
    expect(tf.min(map).dataSync()[0]).toBe(0); // as MC-Loss needs it
    tf.dispose([images, map]);
    encoder.dispose();
  });

  it("refuses sizes there are not", () => {
    const least = "must be a whole number of at least 1, got";
    expect(() => make({ classes: 0 })).toThrow(`${name}: \`classes\` ${least} 0.`);
    expect(() => make({ classes: 2, channelsPerClass: 1.5 })).toThrow(`${name}: \`channelsPerClass\` ${least} 1.5.`);
    expect(() => make({ classes: 2, width: 0 })).toThrow(`${name}: \`width\` ${least} 0.`);
    expect(() => make({ classes: 2, inChannels: 0 })).toThrow(`${name}: \`inChannels\` ${least} 0.`);
  });

  it("has its own name in errors", () => {
    const encoder = make({ classes: 2, width: 1 });
    expect(() => encoder.maps(tf.zeros([1, 32, 32, 1]), ctx)).toThrow(`${name}.maps: expected \`x\``);
    encoder.dispose();
  });
});

describe("mcVgg16", () => {
  it("is vgg16Bn without its last pooling where the classes happen to have VGG's channels", () => {
    const [encoder, vgg] = [
      mcVgg16({ classes: 4, channelsPerClass: 4, width: 2, seed: 1 }),
      vgg16Bn({ width: 2, until: "features.42", seed: 1 }),
    ];
    expect(encoder.stages).toEqual(vgg.stages);
    assertSameWeights(encoder, vgg);
    encoder.dispose();
    vgg.dispose();
  });

  it("changes the last convolutions of the two deepest blocks, under torchvision's names", () => {
    const [encoder, vgg] = [mcVgg16({ classes: 5, width: 2 }), vgg16Bn({ width: 2 })];
    const published = Object.keys(vgg16BnShapes({ width: 2, classes: 5, hidden: 16, cells: 7 }));
    expect(sorted(encoder)).toEqual(published.filter((key) => !/^classifier|num_batches/.test(key)).sort());
    const kernels = (module: ImageEncoder) =>
      Object.entries(module.params).filter(([, { rank }]) => rank === 4).map(([key, { shape }]) => [key, ...shape.slice(2)]); // prettier-ignore
    const changed = kernels(encoder).filter((kernel, i) => `${kernel}` !== `${kernels(vgg)[i]}`);
    expect(changed).toEqual([
      ["features.30.weight", 16, 15],
      ["features.34.weight", 15, 16],
      ["features.40.weight", 16, 15],
    ]);
    encoder.dispose();
    vgg.dispose();
  });
});

describe("mcResNet18", () => {
  it("has resNet's weights where the classes happen to have its channels", () => {
    const [encoder, published] = [
      mcResNet18({ classes: 4, channelsPerClass: 4, width: 2, seed: 1 }),
      resNet({ depth: 18, width: 2, seed: 1 }),
    ];
    expect(encoder.stages.slice(0, -1)).toEqual(published.stages.slice(0, -1));
    assertSameWeights(encoder, published);
    encoder.dispose();
    published.dispose();
  });

  it("computes what torchvision's code does with stride 1 in the last layer, without dilation", () => {
    const encoder = mcResNet18({ classes: 5, width: 2 });
    const keys = Object.keys(resNetShapes([2, 2, 2, 2], 2, { width: 2, classes: 5 })).filter(
      (key) => !/^fc|num_batches/.test(key),
    );
    expect(sorted(encoder)).toEqual(keys.sort());
    randomStatistics(encoder);
    const images = randomTensor<tf.Tensor4D>([1, 67, 35, 3]);
    const [got, want] = [encoder.maps(images, ctx)[0]!, referenceResNet(weightsOf(encoder), images, [1, 2, 2, 1])];
    expect(tf.max(want).dataSync()[0]).toBeGreaterThan(1e-3);
    assertClose(got, want, 1e-4);
    encoder.dispose();
    tf.dispose([images, got, want]);
  });
});

/** Layer by layer, what a convolution has with its batch norm and what it multiplies for images of 224². */
describe("sizes for the 200 classes of CUB, three channels each", () => {
  interface Conv {
    readonly taps: number;
    readonly channels: readonly [number, number];
    /** Of the map it gives. */
    readonly side: number;
    readonly bias: 0 | 1;
  }
  const sizeOf = (convs: readonly Conv[]) =>
    convs
      .map(({ taps, channels: [from, to], side, bias }) => {
        const kernel = taps * from * to;
        return { params: kernel + (bias + 2) * to, multiplications: kernel * side ** 2 };
      })
      .reduce((a, b) => ({ params: a.params + b.params, multiplications: a.multiplications + b.multiplications }));

  const channels = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 600, 512, 512, 600];
  const sides = [224, 224, 112, 112, 56, 56, 56, 28, 28, 28, 14, 14, 14];
  const vgg = sides.map((side, i): Conv => ({ taps: 9, channels: [channels[i]!, channels[i + 1]!], side, bias: 1 }));
  const conv = (taps: number, from: number, to: number, side: number): Conv => ({ taps, channels: [from, to], side, bias: 0 }); // prettier-ignore
  const layer = (from: number, to: number, side: number) => [
    conv(9, from, to, side),
    ...[1, 2, 3].map(() => conv(9, to, to, side)),
    ...(from === to ? [] : [conv(1, from, to, side)]),
  ];
  const resNet18 = [
    conv(49, 3, 64, 112),
    ...[layer(64, 64, 56), layer(64, 128, 28), layer(128, 256, 14), layer(256, 600, 14)].flat(),
  ];

  it.each([
    ["mcVgg16", mcVgg16, vgg],
    ["mcResNet18", mcResNet18, resNet18],
  ] as const)("%s", async (_, make, convs) => {
    expect(await sizeAtWidth64((width) => asClassifier(make, { classes: 200, width }))).toEqual(sizeOf(convs));
  });
});

const asClassifier = (make: (config: McEncoderConfig) => ImageEncoder, config: McEncoderConfig): Classifier => {
  const encoder = make(config);
  return { ...encoder, forward: (images, ctx) => encoder.vector(images, ctx) };
};

const sorted = (module: ImageEncoder) => Object.keys(weightsOf(module)).sort();

function assertSameWeights(got: ImageEncoder, want: ImageEncoder): void {
  expect(Object.keys(got.params)).toEqual(Object.keys(want.params));
  for (const [key, variable] of Object.entries(got.params)) assertClose(variable, want.params[key]!, 0);
}
