import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { takeLock, type FileLock, type LockHolder } from "@fovea/nn/node";
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
 */
export function featureFile(path: string, { key }: FeatureFileOptions): FeatureCache {
  return {
    async through(inputs, encodeRest, signal) {
      const hash = createHash("sha256")
        .update(JSON.stringify([key, inputs]))
        .digest("hex");
      await mkdir(dirname(path), { recursive: true });
      const lock = await lockOf(path, signal);
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

/** How often a process that waits looks whether another has ended, in milliseconds. */
const WAIT_MS = 200;

/** Waits until nobody else uses the file. */
async function lockOf(path: string, signal: AbortSignal | undefined): Promise<FileLock> {
  for (let told = false; ; told = true) {
    const { lock, ...other } = takeLock(`${path}.lock`);
    if (lock) return lock;
    if (!told) tellOf((other as { holder: LockHolder }).holder, path);
    await setTimeout(WAIT_MS, undefined, { signal });
  }
}

/** Only of another machine it cannot be seen whether the process that has the lock is still there. */
function tellOf({ host, pid, since }: LockHolder, path: string): void {
  if (host === hostname()) return;
  process.emitWarning(
    `featureFile: waits for process ${pid} on ${host}, which has used ${path} since ${since}. If it has ended, ` +
      `delete ${path}.lock.`,
    "FoveaWarning",
  );
}
