import type { LargeImage } from "@fovea/nn";
import type { Mode } from "../job.js";
import { perturb } from "../worker/check.js";
import { peakRss } from "../worker/measure.js";
import type { Network } from "./cases.js";
import { networks } from "./networks.js";
import type { MemoryUse } from "./protocol.js";
import { BASE } from "./settings.js";
import { largeStep } from "./steps.js";

/** Small enough for every network, and large enough that all its stages have something to look at. */
const sidesOf = (network: Network): readonly [number, number] => (network === "full" ? [256, 512] : [1024, 2048]);

/** The first step does not show everything that a kernel takes. */
const STEPS = 2;

/** The memory that a network takes, from steps on two small images in memory: a straight line through both. */
export async function memoryUseOf(network: Network, mode: Mode): Promise<MemoryUse> {
  const [small, large] = sidesOf(network);
  const [less, more] = [await peakAfter(network, mode, small), await peakAfter(network, mode, large)];
  const perPixel = (more - less) / (large ** 2 - small ** 2);
  return { perPixel, constant: more - perPixel * large ** 2 };
}

async function peakAfter(network: Network, mode: Mode, side: number): Promise<number> {
  const model = networks[network](BASE);
  perturb(model);
  const step = largeStep(model, mode);
  for (let i = 0; i < STEPS; i++) await step(grey(side));
  model.dispose();
  return peakRss();
}

const grey = (side: number): LargeImage => ({
  width: side,
  height: side,
  read(region, scale = 1) {
    const [width, height] = [Math.round(region.width * scale), Math.round(region.height * scale)];
    return Promise.resolve({ width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(128) });
  },
});
