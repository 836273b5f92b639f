import * as tf from "@tensorflow/tfjs-core";
import { classifier, mobileNetV2, resNet, vgg16Bn, vggClassifier, type Classifier } from "@fovea/backbones";
import { countParams } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { sizeAtWidth64, sizeOf } from "./counting.js";

const classes = 1000;
const resNetOf = (depth: 18 | 34 | 50) => (width: number) => classifier(resNet({ depth, width }), { classes });
const vggOf = (width: number) => vggClassifier(vgg16Bn({ width }), { classes });

describe("sizes published by torchvision, 1000 classes at 224²", () => {
  const TABLE: readonly [string, (width: number) => Classifier, number, string][] = [
    ["resnet18", resNetOf(18), 11_689_512, "1.81"],
    ["resnet34", resNetOf(34), 21_797_672, "3.66"],
    ["resnet50", resNetOf(50), 25_557_032, "4.09"],
    ["vgg16_bn", vggOf, 138_365_992, "15.47"],
  ];
  it.each(TABLE)("%s", async (_, make, params, billions) => {
    const size = await sizeAtWidth64(make);
    expect(size.params).toBe(params);
    expect((size.multiplications / 1e9).toFixed(2)).toBe(billions);
  });
});

describe("sizes published by Keras", () => {
  it("MobileNetV2 has 3,538,984 weights, 3,504,872 of them trainable, and multiplies 300 million times", async () => {
    const keys = { weight: "predictions/kernel", bias: "predictions/bias" };
    const model = classifier(mobileNetV2(), { classes, keys });
    const { params, multiplications } = await sizeOf(model);
    const statistics = Object.values(model.buffers).reduce((sum, { size }) => sum + size, 0);
    expect([params + statistics, params, Math.floor(multiplications / 1e6)]).toEqual([3_538_984, 3_504_872, 300]);
    model.dispose();
  });

  /** `MobileNetV2(alpha=…, include_top=False).count_params()`, with the statistics. */
  it.each([
    [0.35, 410_208],
    [0.5, 706_224],
    [0.75, 1_382_064],
  ])("MobileNetV2 without its top at alpha %f has %i", (alpha, total) => {
    const encoder = mobileNetV2({ alpha });
    const statistics = Object.values(encoder.buffers).reduce((sum, { size }) => sum + size, 0);
    expect(countParams(encoder) + statistics).toBe(total);
    tf.dispose([Object.values(encoder.params), Object.values(encoder.buffers)]);
  });
});
