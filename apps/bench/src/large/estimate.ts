import type { LargeImage } from "@fovea/nn";
import { shake } from "../child/check.js";
import { networks } from "./networks.js";
import type { Estimate, Trial } from "./protocol.js";
import { BASE } from "./settings.js";
import { largeStep } from "./steps.js";

/** Small enough for every network, and such that all stages of one have something to look at. */
const sidesOf = ({ network }: Trial): readonly [number, number] => (network === "full" ? [256, 512] : [1024, 2048]);

/** The first one does not show all that a kernel takes. */
const STEPS = 2;

/** What a network would take, from steps on two small pictures in memory: a straight line through both. */
export async function estimateOf(trial: Trial): Promise<Estimate> {
  const [small, large] = sidesOf(trial);
  const [less, more] = [await peakAfter(trial, small), await peakAfter(trial, large)];
  const perPixel = (more - less) / (large ** 2 - small ** 2);
  return { perPixel, constant: more - perPixel * large ** 2 };
}

async function peakAfter({ network, mode }: Trial, side: number): Promise<number> {
  const model = networks[network](BASE);
  shake(model.params);
  const step = largeStep(model, mode);
  for (let i = 0; i < STEPS; i++) await step(grey(side));
  model.dispose();
  return process.resourceUsage().maxRSS * 1024;
}

const grey = (side: number): LargeImage => ({
  width: side,
  height: side,
  read(region, scale = 1) {
    const [width, height] = [Math.round(region.width * scale), Math.round(region.height * scale)];
    return Promise.resolve({ width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(128) });
  },
});
