import { countParams, inferenceContext, loadWeights, rng, trainingContext, type Module } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { asppDecoder, fcnDecoder, pspDecoder, segmenter, type Alignment, type Decoder } from "../../src/index.js";
import { tinyEncoder } from "../tiny-encoder.js";
import { channelsFirst, channelsLast, numbers, stateDict } from "./numbers.js";

interface Reference {
  readonly in: number;
  readonly dim: number;
  /** Trainable weights of the heads as they are published, with a classifier of 21 classes. */
  readonly counts: Readonly<Record<string, number>>;
  readonly shapes: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly cases: readonly {
    readonly model: string;
    readonly size: readonly [number, number];
    readonly inference: readonly number[];
    readonly training: readonly number[];
    readonly gradient: readonly number[];
  }[];
  readonly upsampled: readonly {
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly align: Alignment;
    readonly map: readonly number[];
  }[];
}

const reference = JSON.parse(readFileSync(new URL("decoders.json", import.meta.url), "utf8")) as Reference;
const { in: input, dim, counts, shapes, cases, upsampled } = reference;

const make: Readonly<Record<string, () => Decoder>> = {
  psp: () => pspDecoder({ in: input, dim, dropout: 0 }),
  aspp: () => asppDecoder({ in: input, dim, dropout: 0 }),
  "aspp of other rates": () => asppDecoder({ in: input, dim, rates: [1, 3], dropout: 0 }),
  fcn: () => fcnDecoder({ in: input, dropout: 0 }),
};

/** semseg names what follows the pyramid `cls`. */
const withReferenceWeights = (model: string): Decoder => {
  const decoder = make[model]!();
  const state = stateDict(shapes[model]!);
  const rename = (key: string) => key.replace(/^cls\./, "");
  const { missing, unexpected } = loadWeights(decoder, state, { from: "pytorch", rename });
  tf.dispose(state);
  expect([missing, unexpected]).toEqual([[], []]);
  return decoder;
};

describeOnEngines("PyTorch's decoders", () => {
  it.each(cases)("$model, on $size cells", ({ model, size, ...want }) => {
    const decoder = withReferenceWeights(model);
    const at = [[7, 5], [9, 13], [1, 1], [2, 3]].findIndex(([rows]) => rows === size[0]); // prettier-ignore
    const x = tf.tidy(() => channelsLast(numbers([2, input, ...size], 1000 + at)));
    const shape = [2, decoder.dim, ...size];
    const forward = (x: tf.Tensor, training: boolean) =>
      channelsFirst(decoder.forward(x, training ? trainingContext(rng(0)) : inferenceContext()));
    tf.tidy(() => {
      assertClose(forward(x, false), tf.tensor([...want.inference], shape), 1e-4);
      assertClose(forward(x, true), tf.tensor([...want.training], shape), 1e-4);
      const loss = (x: tf.Tensor) => tf.sum(tf.mul(forward(x, true), numbers(shape, 2000 + at)));
      const gradient = channelsFirst(tf.grad(loss)(x));
      const expected = tf.tensor([...want.gradient], [2, input, ...size]);
      const largest = tf.max(tf.abs(expected)).dataSync()[0]!;
      assertClose(tf.div(gradient, Math.max(1, largest)), tf.div(expected, Math.max(1, largest)), 1e-4);
    });
    x.dispose();
    decoder.dispose();
  });

  it.each(upsampled)("upsampling from $from to $to, $align aligned", ({ from, to, align, map }) => {
    const model = segmenter(tinyEncoder({ stride: 8 }), fcnDecoder({ in: 6 }), { classes: 3, align });
    tf.tidy(() => {
      const got = model.upsample(channelsLast(numbers([1, 3, ...from], 3000)), to);
      assertClose(channelsFirst(got), tf.tensor([...map], [1, 3, ...to]), 1e-5);
    });
    model.dispose();
  });
});

describe("a decoder and its classifier have as many weights as", () => {
  const classifier = (decoder: Decoder) => 21 * (decoder.dim + 1);
  const count = (decoder: Decoder & Module) => {
    const all = countParams(decoder) + classifier(decoder);
    decoder.dispose();
    return all;
  };

  it("torchvision's DeepLabHead", () => {
    expect(count(asppDecoder({ in: 2048 }))).toBe(counts["DeepLabHead"]);
    expect(counts["DeepLabHead"]).toBe(16_130_837);
  });

  it("torchvision's FCNHead", () => {
    expect(count(fcnDecoder({ in: 2048 }))).toBe(counts["FCNHead"]);
    expect(count(fcnDecoder({ in: 1024 }))).toBe(counts["FCNHead, auxiliary"]);
  });

  // published: 42,004,074 for deeplabv3_resnet50 and 35,322,218 for fcn_resnet50, of which its ResNet-50 has 23,508,032
  it("torchvision's whole networks, less ResNet-50", () => {
    expect(counts["DeepLabHead"]! + counts["FCNHead, auxiliary"]!).toBe(42_004_074 - 23_508_032);
    expect(counts["FCNHead"]! + counts["FCNHead, auxiliary"]!).toBe(35_322_218 - 23_508_032);
  });

  it("semseg's PSPNet", () => expect(count(pspDecoder({ in: 2048 }))).toBe(counts["PSPNet"]));
});
