import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EncodeRest, StoredFeatures } from "../feature-cache.js";
import { readFeatures, saveFeatures } from "./features-on-disk.js";

/** Images of a part. If a run is killed, at most as many are lost. */
const IMAGES = 256;

/** The features of an unfinished run, in files that are named after the number of their first image. */
export interface FeatureParts {
  /** Encodes what the parts do not have, and keeps it in new ones, also if the work fails or is ended. */
  collect(encodeRest: EncodeRest): Promise<StoredFeatures>;
  remove(): Promise<void>;
}

/** Parts of other inputs are not used, and replaced. */
export function featureParts(folder: string, inputs: string): FeatureParts {
  const pathOf = (first: number) => join(folder, `${first}.safetensors`);
  const readAll = async (): Promise<StoredFeatures[]> => {
    const parts: StoredFeatures[] = [];
    for (let first = 0; ;) {
      const part = await readFeatures(pathOf(first), inputs);
      if (!part) return parts;
      parts.push(part);
      first += part.shape[0]!;
    }
  };
  const collect = async (encodeRest: EncodeRest) => {
    const known = joined(await readAll());
    let first = known?.shape[0] ?? 0;
    let pending: StoredFeatures[] = [];
    const save = async () => {
      const part = joined(pending);
      if (!part) return;
      await mkdir(folder, { recursive: true });
      await saveFeatures(pathOf(first), part, inputs);
      first += part.shape[0]!;
      pending = [];
    };
    try {
      return await encodeRest(known, async (batch) => {
        pending.push(batch);
        if (pending.reduce((sum, { shape }) => sum + shape[0]!, 0) >= IMAGES) await save();
      });
    } catch (error) {
      await save().catch(() => undefined); // the first error says more
      throw error;
    }
  };
  return { collect, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Features one after another; undefined if there are none. */
function joined(parts: readonly StoredFeatures[]): StoredFeatures | undefined {
  const [first] = parts;
  if (!first) return undefined;
  const items = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return { values, shape: [items, ...first.shape.slice(1)] };
}
