import type { ImageSet, StoredFeatures } from "@fovea/data";
import { freeze, unfreeze, type ImageEncoder } from "@fovea/nn";
import { imagenetTrunk } from "@fovea/open-datasets";
import { mapsOf } from "./splits.js";

/** The trunk's map that is computed once; what comes after it is tuned. */
export const FROZEN_STAGE = "block_10_project_BN";
/** 576 channels at stride 16, or less. */
const LAST_STAGE = "block_13_expand_relu";

/**
 * The ImageNet trunk of which only the convolutions after `FROZEN_STAGE` move; its batch norms stay as they are.
 *
 * @param outputStride - pixels per cell that no map exceeds. Default 16
 */
export async function tunedTrunk(outputStride: 8 | 16 = 16): Promise<ImageEncoder> {
  const trunk = await imagenetTrunk({ until: LAST_STAGE, outputStride });
  freeze(trunk);
  for (const key of Object.keys(trunk.params)) if (/^block_1[123]_(?!.*_BN\/)/.test(key)) unfreeze(trunk, key);
  return trunk;
}

/** The map of the frozen part of the trunk for every image of several sets, computed once. */
export async function frozenMaps(sets: readonly ImageSet[], signal?: AbortSignal): Promise<StoredFeatures[]> {
  const trunk = await imagenetTrunk({ until: FROZEN_STAGE });
  try {
    freeze(trunk);
    return await mapsOf(trunk, FROZEN_STAGE, sets, signal);
  } finally {
    trunk.dispose();
  }
}
