import { mobileNetV2, resNet } from "@fovea/backbones";
import { countParams, inferenceContext, type ImageEncoder } from "@fovea/nn";
import { asppDecoder, fcnDecoder, pixelLogits, pspDecoder, segmenter, type Decoder } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";

it.each<[string, (config: { in: number }) => Decoder, number]>([
  ["deeplabv3_resnet50", asppDecoder, 42_004_074],
  ["fcn_resnet50", fcnDecoder, 35_322_218],
])("torchvision's %s has as many weights, with its auxiliary head", (_, decoder, published) => {
  const encoder = resNet({ depth: 50, outputStride: 8 });
  const model = segmenter(encoder, decoder({ in: encoder.dim }), {
    classes: 21,
    auxiliary: "layer3",
    align: "centers",
  });
  expect(countParams(model)).toBe(published);
  model.dispose();
});

it.each<[string, () => ImageEncoder, number]>([
  ["ResNet at stride 8", () => resNet({ depth: 18, width: 2, outputStride: 8 }), 8],
  ["ResNet at stride 16", () => resNet({ depth: 50, width: 2, outputStride: 16 }), 16],
  ["MobileNetV2 at stride 8", () => mobileNetV2({ alpha: 0.1, outputStride: 8, until: "block_16_project_BN" }), 8],
  ["MobileNetV2 at stride 16", () => mobileNetV2({ variant: "torchvision", alpha: 0.1, outputStride: 16 }), 16],
])("a segmenter on %s tells a class of every pixel", (_, make, stride) => {
  const encoder = make();
  const model = segmenter(encoder, pspDecoder({ in: encoder.dim, dim: 8 }), { classes: 3 });
  const images = tf.ones<tf.Rank.R4>([1, 4 * stride + 1, 2 * stride + 1, 3]);
  const { features, logits } = model.forward(images, inferenceContext());
  const pixels = pixelLogits(model, images);
  expect([features.shape, logits.shape, pixels.shape]).toEqual([[1, 5, 3, 8], [1, 5, 3, 3], [1, 4 * stride + 1, 2 * stride + 1, 3]]); // prettier-ignore
  tf.dispose([images, features, logits, pixels]);
  model.dispose();
});
