import { tiledImage } from "@fovea/data/node";
import { countParams } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import type { Job } from "../job.js";
import { perturb } from "../worker/check.js";
import type { Workload } from "../worker/measure.js";
import type { NetworkCase } from "./cases.js";
import { countDecoded, countReads } from "./counters.js";
import { networks } from "./networks.js";
import type { Reads } from "./protocol.js";
import { largeStep, type LargeStep } from "./steps.js";

/**
 * Steps of a network, as a program would take them; at the end one more under tfjs's profiler, which takes memory. The
 * image is opened anew for every step, with nothing in its cache, so that each decodes everything that it needs.
 */
export function networkWorkload({ network, settings, cacheBytes }: NetworkCase, job: Job, file: string): Workload {
  const model = networks[network](settings);
  perturb(model); // else attention is even where an image is black
  const step = largeStep(model, job.mode);
  const held = tf.memory().numBytes;
  const take = () => openAndStep(file, job.image!, step, cacheBytes);
  return {
    step: async () => ({ forward: (await take()).ms, backward: 0, optimizer: 0 }),
    async inspect() {
      let last: Opened | undefined;
      const { peakBytes } = await tf.profile(async () => void (last = await take()));
      const { plan, reads, decodedBytes } = last!;
      const network = { tensors: { held, peak: peakBytes }, reads, decodedBytes, ...countsOf(plan) };
      return { params: countParams(model), macs: 0, invalid: null, network };
    },
    dispose: () => model.dispose(),
  };
}

interface Opened {
  readonly plan: SamplingPlan;
  /** Milliseconds since the file was opened. */
  readonly ms: number;
  readonly reads: readonly Reads[];
  readonly decodedBytes: number;
}

// the cache of libvips grows for hundreds of reads, and is of no use: blocks that are read again are in our own cache
sharp.cache(false);

async function openAndStep(file: string, side: number, step: LargeStep, cacheBytes: number): Promise<Opened> {
  const start = performance.now();
  const cache = countDecoded(cacheBytes);
  const source = await tiledImage(file, { cache });
  try {
    if (source.width !== side || source.height !== side)
      throw new Error(`${file}: expected ${side} × ${side} pixels, got ${source.width} × ${source.height}.`);
    const image = countReads(source);
    const plan = await step(image);
    return { plan, ms: performance.now() - start, reads: image.reads(), decodedBytes: cache.decoded() };
  } finally {
    await source.close();
  }
}

/** The numbers of patches, and of distinct tiles that they are from; null where there are no tiles. */
const countsOf = (plan: SamplingPlan) => ({
  patches: plan.regions.length,
  tiles: "patchMaps" in plan ? (plan.patchMaps as readonly unknown[]).length : null,
});
