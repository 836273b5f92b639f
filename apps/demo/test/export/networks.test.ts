import { classifier, convNet, mcHead, mcResNet18, mobileNetV2, projectedEncoder, resNet, vgg16Bn } from "@fovea/backbones"; // prettier-ignore
import { lstmPhraseEncoder } from "@fovea/bimodal";
import { attentionFusion, concatFusion, maxFusion, meanFusion, tokenFusion, type Fusion } from "@fovea/fusion";
import {
  bimodalPma,
  fineGrainedClassifier,
  multiViewClassifier,
  mvHfmd,
  visionPma,
  type PmaClassifier,
} from "@fovea/models";
import { inferenceContext, weightsOf, type Context, type Module } from "@fovea/nn";
import { exportOnnx, type ExportInput } from "@fovea/tfjs-backend-onnxruntime";
import { convAttention, patchFeatures } from "@fovea/patch-sampling";
import { asppDecoder, fcnDecoder, pixelLogits, pspDecoder, segmenter, type Decoder } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  anyBatch,
  expectSame,
  images,
  someNumbers,
  type Fn,
} from "../../../../packages/tfjs-backend-onnxruntime/test/export/support.js";

beforeAll(() => tf.setBackend("onnxruntime"));

/** Gives vectors other numbers than they start with: factors of 1 and summands of 0 show no mistake. */
function disturb(module: Module): void {
  Object.values(weightsOf(module)).forEach((variable, i) => {
    if (variable.rank > 1) return;
    const noise = someNumbers(variable.shape, 100 + i);
    variable.assign(tf.tidy(() => tf.add(variable, tf.mul(tf.abs(noise), 0.1))) as never);
    noise.dispose();
  });
}

/** A network of images as a function, in inference. */
const ofImages =
  (forward: (x: tf.Tensor4D, ctx: Context) => tf.Tensor): Fn =>
  ({ pixel_values }) =>
    forward(pixel_values as tf.Tensor4D, inferenceContext());

let made: Module[] = [];
afterEach(() => {
  for (const module of made) module.dispose();
  made = [];
});

function own<M extends Module>(module: M): M {
  made.push(module);
  disturb(module);
  return module;
}

type ImageNetwork = Module & { forward(x: tf.Tensor4D, ctx: Context): tf.Tensor };

const withoutText = (model: PmaClassifier): ImageNetwork => ({
  ...model,
  forward: (x, ctx) => model.forward(x, null, ctx),
});

const stem = () => convNet({ channels: [4, 8, 8] });

describe("a network of images, for any batch", () => {
  it.each<[string, () => ImageNetwork]>([
    ["ResNet-18", () => classifier(resNet({ depth: 18, width: 8 }), { classes: 5 })],
    ["ResNet-50, dilated", () => classifier(resNet({ depth: 50, width: 4, outputStride: 16 }), { classes: 5 })],
    ["MobileNetV2", () => classifier(mobileNetV2(), { classes: 5 })],
    ["VGG-16", () => classifier(vgg16Bn({ width: 4 }), { classes: 5 })],
    ["a network of convolutions", () => classifier(stem(), { classes: 5 })],
    ["a projected encoder", () => classifier(projectedEncoder(stem(), { channels: 6 }), { classes: 5 })],
    ["a fine-grained classifier", () => fineGrainedClassifier(stem(), { classes: 5 })],
    [
      "MC-ResNet-18 and its head",
      () =>
        fineGrainedClassifier(
          mcResNet18({ classes: 5, width: 4 }),
          { classes: 5 },
          mcHead({ channels: 15, height: 4, width: 4, classes: 5, pool: 4 }),
        ),
    ],
    ["PMA without text", () => withoutText(visionPma(stem(), { classes: 5 }))],
    ["patch features", () => patchFeatures()],
    ["convolutional attention", () => convAttention({ strides: [2, 1, 1] })],
  ])("%s", async (_, make) => {
    const model = own(make());
    await expectSame(ofImages((x, ctx) => model.forward(x, ctx)), { pixel_values: images(64) }, anyBatch, weightsOf(model)); // prettier-ignore
  });

  it("stays channels first from end to end, with its weights' names", async () => {
    const model = own(classifier(resNet({ depth: 18, width: 8 }), { classes: 5 }));
    const fn = ofImages((x, ctx) => model.forward(x, ctx));
    const text = await expectSame(fn, { pixel_values: images(64) }, [{ batch: 2 }], weightsOf(model));
    expect(text).not.toMatch(/Transpose|Reshape|Identity/);
    expect(text).toContain("layer2.0.downsample.0.weight = … : float32[16, 8, 1, 1]"); // [out, in, height, width]
    expect(text).toContain("fc.weight = … : float32[64, 5]");
    expect(text.match(/= Conv/g)).toHaveLength(20);
  });
});

describe("a network of images of any size", () => {
  const anySize = (step = 1): ExportInput => ({
    shape: ["batch", { name: "height", example: 64, step }, { name: "width", example: 64, step }, 3],
    channelsFirst: true,
  });

  it("ResNet-18", async () => {
    const model = own(classifier(resNet({ depth: 18, width: 8 }), { classes: 5 }));
    const sizes = [{ batch: 1, height: 33, width: 96 }, { batch: 2, height: 64, width: 47 }]; // prettier-ignore
    await expectSame(
      ofImages((x, ctx) => model.forward(x, ctx)),
      { pixel_values: anySize() },
      sizes,
    );
  });

  it('MobileNetV2, whose padding is "same", of multiples of its stride', async () => {
    const model = own(classifier(mobileNetV2(), { classes: 5 }));
    const fn = ofImages((x, ctx) => model.forward(x, ctx));
    await expectSame(fn, { pixel_values: anySize(32) }, [{ batch: 2, height: 32, width: 96 }]);
    expect(() => exportOnnx(fn, { pixel_values: anySize() })).toThrow(
      /exportOnnx: FusedConv2D|exportOnnx: Conv2D|exportOnnx: Depthwise.* has another attribute, `pads`, for another size/,
    );
  });
});

describe("a segmenter, for images of any size that fits its stride", () => {
  const input = (example: number): ExportInput => ({
    shape: ["batch", { name: "height", example, step: 8 }, { name: "width", example: example + 8, step: 8 }, 3],
    channelsFirst: true,
  });
  const encoder = () => resNet({ depth: 18, width: 4, outputStride: 8 });

  it.each<["corners" | "centers", string, () => Decoder]>([
    ["corners", "PSP", () => pspDecoder({ in: 32, dim: 12 })],
    ["corners", "ASPP", () => asppDecoder({ in: 32, dim: 6 })],
    ["centers", "FCN", () => fcnDecoder({ in: 32 })],
  ])("%s aligned, %s: features and logits of cells and of pixels", async (align, _, decoder) => {
    const rest = align === "corners" ? 1 : 0;
    const model = own(segmenter(encoder(), decoder(), { classes: 5, auxiliary: "layer3", align }));
    const size = (batch: number, height: number, width: number) => ({ batch, height: height + rest, width: width + rest }); // prettier-ignore
    const fn: Fn = ({ pixel_values }) =>
      tf.tidy(() => ({
        ...model.forward(pixel_values as tf.Tensor4D, inferenceContext()),
        pixels: pixelLogits(model, pixel_values as tf.Tensor4D),
      }));
    const text = await expectSame(fn, { pixel_values: input(32 + rest) }, [size(1, 72, 24), size(2, 8, 96)], weightsOf(model)); // prettier-ignore
    expect(text).toContain("classifier.4.weight = …");
  });

  it("of sides that are padded may be any with one remainder, since what is padded follows from no shape", () => {
    const model = own(segmenter(encoder(), fcnDecoder({ in: 32 }), { classes: 5, padding: "zeros" }));
    const fn = ofImages((x, ctx) => model.forward(x, ctx).logits);
    expect(() => exportOnnx(fn, { pixel_values: input(66) })).not.toThrow();
    const shape = ["batch", { name: "height", example: 66 }, 65, 3] as const;
    expect(() => exportOnnx(fn, { pixel_values: { shape, channelsFirst: true } })).toThrow("for another size");
  });
});

describe("a network of several views, for any batch", () => {
  const config = { classes: 5, imageSize: [32, 32], dim: 8, depth: 1, heads: 2 } as const;
  const viewInputs = (view: number | "any"): Record<string, ExportInput> => {
    const views = view === "any" ? ({ name: "view", example: 3 } as const) : view;
    return {
      pixel_values: { shape: ["batch", views, 32, 32, 3], channelsFirst: true },
      mask: { shape: ["batch", views] },
    };
  };
  const sizes = [{ batch: 1, view: 1 }, { batch: 7, view: 3 }]; // prettier-ignore
  const whole = ({ pixel_values, mask }: Readonly<Record<string, tf.Tensor>>) => ({
    views: pixel_values!,
    mask: tf.add(tf.mul(mask!, 0), 1) as tf.Tensor2D, // all are real
  });

  it.each<[string, () => Fusion, number | "any"]>([
    ["mean of images", () => meanFusion("image"), "any"],
    ["mean of vectors", () => meanFusion("vector"), "any"],
    ["maximum of maps", () => maxFusion("map"), "any"],
    ["attention", () => attentionFusion({ dim: 8 }), "any"],
    ["tokens", () => tokenFusion({ dim: 8, slots: null }), "any"],
    ["concatenated vectors", () => concatFusion({ at: "vector", slots: 3, channels: 8 }), 3],
  ])("%s", async (_, fusion, view) => {
    const model = own(multiViewClassifier(stem(), config, { fused: fusion() }));
    const fn: Fn = (inputs) => tf.tidy(() => ({ logits: model.forward(whole(inputs), inferenceContext(), ["fused"]).fused })); // prettier-ignore
    await expectSame(fn, viewInputs(view), sizes, weightsOf(model));
  });

  it("MV-HFMD, each view alone and all together", async () => {
    const model = own(mvHfmd(stem(), config));
    const fn: Fn = (inputs) => tf.tidy(() => model.forward(whole(inputs), inferenceContext(), ["fused", "single"]));
    await expectSame(fn, viewInputs("any"), sizes, weightsOf(model));
  });
});

it("a network of images and text, for any batch", async () => {
  const phrases = lstmPhraseEncoder({ size: 9, embedding: 5, hidden: 6, seed: 1 });
  const model = own(bimodalPma(stem(), phrases, { classes: 5, missingText: "zeros" }));
  const fn: Fn = ({ pixel_values, words }) =>
    tf.tidy(() => model.outputs(pixel_values as tf.Tensor4D, words as tf.Tensor3D, inferenceContext()).logits);
  const inputs = { pixel_values: images(64), words: { shape: ["batch", 3, 2], dtype: "int32" } as const };
  await expectSame(fn, inputs, anyBatch, weightsOf(model));
});
