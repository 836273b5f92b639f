import { countParams } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import type { Job } from "../job.js";
import { perturb } from "../worker/check.js";
import type { Workload } from "../worker/measure.js";
import type { NetworkCase } from "./cases.js";
import { networks } from "./networks.js";
import { useImage, type Used } from "./open-image.js";
import { largeStep } from "./steps.js";

/**
 * Steps of a network, as a program would take them; at the end one more under tfjs's profiler, which takes memory. The
 * image is opened anew for every step, with nothing in its cache, so that each decodes everything that it needs.
 */
export function networkWorkload({ network, settings, cacheBytes }: NetworkCase, job: Job, file: string): Workload {
  const model = networks[network](settings);
  perturb(model); // else attention is even where an image is black
  const step = largeStep(model, job.mode);
  const held = tf.memory().numBytes;
  const take = () => useImage(file, job.image!, cacheBytes, step);
  return {
    step: async () => ({ forward: (await take()).ms, backward: 0, optimizer: 0 }),
    async inspect() {
      let last: Used<SamplingPlan> | undefined;
      const { peakBytes } = await tf.profile(async () => void (last = await take()));
      const { result, reads, decodedBytes } = last!;
      const network = { tensors: { held, peak: peakBytes }, reads, decodedBytes, ...countsOf(result) };
      return { params: countParams(model), macs: 0, invalid: null, network };
    },
    dispose: () => model.dispose(),
  };
}

/** The numbers of patches, and of distinct tiles that they are from; null where there are no tiles. */
const countsOf = (plan: SamplingPlan) => ({
  patches: plan.regions.length,
  tiles: "patchMaps" in plan ? (plan.patchMaps as readonly unknown[]).length : null,
});
