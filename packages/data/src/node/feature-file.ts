import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { waitForLock } from "@fovea/nn/node";
import type { FeatureCache } from "../feature-cache.js";
import { featureParts } from "./feature-parts.js";
import { readFeatures, saveFeatures } from "./features-on-disk.js";

/** What `featureFile` is for. */
export interface FeatureFileOptions {
  /** Names the network and its weights: features under another key are computed again. */
  readonly key: string;
}

/**
 * Keeps the features of `encodeFeatures` in a safetensors file with one tensor, `features`, [items, ...rest].
 *
 * The file holds the features of one list of inputs: `key`, normalization, the ids and fingerprints of all images (of a
 * file its size, its time of last change and how it is decoded), and the pixels of the first one. If any of these
 * differs, all features are computed again, and the file is replaced. So give each set and network a path of its own.
 *
 * Features are kept as they are computed, a few hundred images at a time, in the folder `path.parts`; an interrupted
 * run goes on where it stopped. The file is complete or not there. Of processes that use one path, one computes, and
 * the others wait for it.
 *
 * @param path - the file; missing folders are made
 * @throws RangeError without a `key`: features of other weights could not be told from these
 */
export function featureFile(path: string, { key }: FeatureFileOptions): FeatureCache {
  if (typeof key !== "string" || key === "")
    throw new RangeError(`featureFile: \`key\` must name the network and its weights, got ${JSON.stringify(key)}.`);
  return {
    async through(inputs, encodeRest, signal) {
      const hash = createHash("sha256")
        .update(JSON.stringify([key, inputs]))
        .digest("hex");
      await mkdir(dirname(path), { recursive: true });
      const lock = await waitForLock(`${path}.lock`, { who: "featureFile", signal });
      try {
        const complete = await readFeatures(path, hash);
        if (complete) return await encodeRest(complete, () => Promise.resolve());
        const parts = featureParts(`${path}.parts`, hash);
        const features = await parts.collect(encodeRest);
        await saveFeatures(path, features, hash);
        await parts.remove();
        return features;
      } finally {
        lock.release();
      }
    },
  };
}
