import { tiledImage } from "@fovea/data";
import type { EngineName } from "@fovea/engine";
import { countParams } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { shake } from "../child/check.js";
import { countedCache, countedPicture, type Reads } from "./counted.js";
import type { NetworkJob } from "./job.js";
import { networks } from "./networks.js";
import { largeStep, type LargeStep } from "./steps.js";
import type { LargeBudget, NetworkFound } from "./protocol.js";

/**
 * Of blocks that are kept. A larger picture fills more of it, so that pictures whose memory is compared get little:
 * Zoom-In needs a row of blocks.
 */
const cacheBytesOf = (part: NetworkJob["part"]): number => (part === "huge" ? 2 ** 22 : 2 ** 26);

/**
 * Steps as a program would take them, timed; then one more under tfjs's profiler, which takes memory of its own. The
 * picture is opened anew for every step, with nothing in its cache, so that each decodes all that it needs.
 */
export async function measureNetwork(
  { part, network, mode, side, settings }: NetworkJob,
  file: string,
  engine: EngineName,
  { steps, seconds: enough }: LargeBudget,
): Promise<NetworkFound> {
  const baseline = peakRss();
  const model = networks[network](settings);
  shake(model.params); // else nothing at all is seen where a picture is black
  const step = largeStep(model, mode);
  const held = tf.memory().numBytes;
  const take = () => openAndStep(file, side, step, cacheBytesOf(part));
  const first = await take();
  const seconds: number[] = [];
  for (let spent = 0; seconds.length < steps && (seconds.length === 0 || spent < enough); spent += seconds.at(-1)!)
    seconds.push((await take()).seconds);
  const rss = { baseline, peak: peakRss() };
  let last: Opened = first;
  const { peakBytes } = await tf.profile(async () => void (last = await take()));
  const { plan, reads, decodedBytes } = last;
  return {
    ...{ engine, library: `tfjs ${tf.version_core}`, weights: countParams(model) },
    ...{ tensors: { held, peak: peakBytes }, rss, first: first.seconds, seconds, reads, decodedBytes },
    ...looks(plan),
  };
}

interface Opened {
  readonly plan: SamplingPlan;
  readonly seconds: number;
  readonly reads: readonly Reads[];
  readonly decodedBytes: number;
}

/**
 * What libvips keeps of its own grows for hundreds of reads, and is of no use: blocks that are read again are in our
 * cache.
 */
sharp.cache(false);

async function openAndStep(file: string, side: number, step: LargeStep, cacheBytes: number): Promise<Opened> {
  const start = performance.now();
  const cache = countedCache(cacheBytes);
  const source = await tiledImage(file, { cache });
  try {
    if (source.width !== side || source.height !== side)
      throw new Error(`${file} is of ${source.width} × ${source.height} pixels, not ${side} × ${side}`);
    const picture = countedPicture(source);
    const plan = await step(picture);
    const seconds = (performance.now() - start) / 1000;
    return { plan, seconds, reads: picture.reads(), decodedBytes: cache.decoded() };
  } finally {
    await source.close();
  }
}

/** How many patches were looked at, and how many distinct tiles they are from; null where there are no tiles. */
const looks = (plan: SamplingPlan) => ({
  patches: plan.regions.length,
  tiles: "patchMaps" in plan ? (plan.patchMaps as readonly unknown[]).length : null,
});

const peakRss = (): number => process.resourceUsage().maxRSS * 1024;
