import { requireCounts } from "@fovea/nn";
import type { Eye } from "./glance.js";

/** Refuses what no eye can have. @param size - the config's name for the size of the regions */
export function requireEye(who: string, size: string, eye: Eye, samples: number): void {
  requireCounts(who, { samples, [`${size} height`]: eye.size[0], [`${size} width`]: eye.size[1] });
  requireScale(who, eye.scale);
  if (!(eye.smoothing >= 0 && eye.smoothing < 1))
    throw new RangeError(`${who}: \`smoothing\` must be in [0, 1), got ${eye.smoothing}.`);
}

export function requireScale(who: string, scale: number): void {
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`${who}: a scale must be in (0, 1], got ${scale}.`);
}
