import { pixelsSource } from "@fovea/data";
import { inferenceContext, rng, trainingContext, type Context, type LargeImage, type Module } from "@fovea/nn";
import { perturbParams } from "@fovea/nn/testing";
import type { SampledPatches, SamplerInputs, SamplingPlan } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import type { Subject } from "./equal.js";

const SIDE = 60;
const image = (seed: number): LargeImage => {
  const data = Uint8Array.from(rng(seed).uint32(3 * SIDE * SIDE), (word) => word & 255);
  return pixelsSource({ width: SIDE, height: SIDE, channels: 3, data });
};

/** A sampler, or a model with one. */
interface Collating<P extends SamplingPlan> extends Module {
  collate(batch: readonly SampledPatches<P>[], ctx: Context): SamplerInputs;
}

/** What a module makes of a batch of three images, whose patches were sampled with its weights. */
export async function ofPatches<P extends SamplingPlan, M extends Collating<P>>(
  module: M,
  sample: (module: M, image: LargeImage, ctx: Context) => Promise<SampledPatches<P>>,
  forward: (module: M, inputs: SamplerInputs, ctx: Context) => tf.Tensor,
): Promise<Subject> {
  perturbParams(module);
  const batch = await Promise.all([1, 2, 3].map((seed) => sample(module, image(seed), trainingContext(rng(seed)))));
  const training = module.collate(batch, trainingContext(rng(1)));
  const inference = module.collate(batch, inferenceContext());
  return {
    variables: module.params,
    buffers: module.buffers,
    inputs: (mode) => (mode.training ? training : inference),
    output: (ctx, inputs) => tf.tidy(() => forward(module, inputs as SamplerInputs, ctx)),
    dispose() {
      module.dispose();
      tf.dispose([training, inference]);
    },
  };
}
