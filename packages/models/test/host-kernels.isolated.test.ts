import "../../../tools/vitest/setup.js";
import { convNet } from "@fovea/backbones";
import { crossEntropy, mcLoss } from "@fovea/losses";
import { deferredRng, dropPath, rng, trainingContext, type Context } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onCpuWithHostKernels } from "../../nn/test/host-kernels.js";
import { bimodalPma } from "../src/index.js";
import { wordIds, wordMeans } from "./pma-support.js";

const { seen, without } = onCpuWithHostKernels();

const maps = () => tf.abs(randomTensor<tf.Tensor4D>([2, 3, 3, 5], 1)) as tf.Tensor4D;
const labels = tf.tensor1d([0, 1], "int32");
const words = wordIds([[[2, 3], [4]], [[5]]]);
const size = { classes: 3, localDim: 5, finalDim: 7, dropout: 0, seed: 2, missingText: "zeros" } as const;

/** Everything in the libraries that draws in a forward pass. */
const drawing: Readonly<Record<string, (ctx: Context) => tf.Tensor>> = {
  dropPath: (ctx) => dropPath({ rate: 0.5 }).forward(tf.ones([20, 2]), ctx),
  mcLoss: (ctx) => mcLoss(maps(), labels, ctx, { classes: 2 }).total,
  "mcLoss for each sample": (ctx) => mcLoss(maps(), labels, ctx, { classes: 2, perSample: true }).total,
  "text that is dropped": (ctx) => {
    const model = bimodalPma(convNet({ channels: [4, 6] }), wordMeans(7, 5), { ...size, textDropout: 0.5 });
    return model.forward(randomTensor<tf.Tensor4D>([2, 16, 16, 3], 4), words, ctx);
  },
};

describe.each(Object.entries(drawing))("%s", (_, pass) => {
  it("draws only where a compiled step draws again, the same numbers as elsewhere", () => {
    seen.length = 0;
    const random = deferredRng(() => {
      const fills = seen.filter((name) => name === "HostTensor").length;
      expect(fills).toBe(seen.filter((name) => name === "filled").length + 1); // in the middle of a fill
      seen.push("draw");
      return rng(5);
    });
    const own = pass(trainingContext(random));
    expect(seen).toContain("draw");
    without(() => assertClose(own, pass(trainingContext(rng(5))), 0));
  });
});

it("labels and soft labels are shown to a check, which refuses them as elsewhere", () => {
  const logits = randomTensor<tf.Tensor2D>([2, 3], 1);
  const classes = () => crossEntropy(logits, tf.tensor1d([0, 3], "int32"));
  const soft = () => crossEntropy(logits, tf.tensor2d([1, 0, 0, 1, 1, 0], [2, 3]));
  for (const refused of [classes, soft]) {
    seen.length = 0;
    let own = "";
    try {
      refused();
    } catch (error) {
      own = (error as Error).message;
    }
    expect(seen).toEqual(["HostCheck"]);
    expect(own).toMatch(/in row 1/);
    without(() => expect(refused).toThrow(own));
  }
});
