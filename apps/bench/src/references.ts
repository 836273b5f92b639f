import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@fovea/nn/node";
import { isUserCase } from "./cases/user-case.js";
import type { SendRequest } from "./worker/client.js";
import type { CaseKey, Reference } from "./worker/protocol.js";
import type { Job } from "./job.js";
import { root } from "./paths.js";

/** The slow engine of nothing but JavaScript loops, which every other engine is compared with. */
const REFERENCE_ENGINE = "cpu";

/** The checksums that a job must give, or the reason why they are not known. */
export type References = (job: Job) => Pick<Reference, "checksums" | "error">;

interface Cache {
  /** Hash of the sources that the references were computed from. */
  readonly sources: string;
  readonly known: readonly Reference[];
}

/**
 * Looks up what the reference engine computes for all cases and modes of `keys`. It is computed in one process, and
 * kept in a file for as long as no source changes. A user's own module is computed every time: its sources are not
 * watched.
 */
export async function references(
  keys: readonly CaseKey[],
  send: SendRequest,
  file = join(root, ".cache/bench/references.json"),
): Promise<References> {
  const sources = hashOfSources();
  const cache = readCache(file);
  const known = new Map(cache?.sources === sources ? cache.known.map((one) => [textOf(one), one]) : []);
  const missing = [...new Map(keys.map((key) => [textOf(key), key])).values()].filter((key) => !known.has(textOf(key)));
  if (missing.length > 0) {
    console.error(`bench: computing ${missing.length} references on ${REFERENCE_ENGINE}, once for these sources.`);
    for (const one of await compute(missing, send)) known.set(textOf(one), one);
    const kept = [...known.values()].filter((one) => one.checksums && !isUserCase(one.case));
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, JSON.stringify({ sources, known: kept } satisfies Cache));
  }
  return (job) => known.get(textOf(job)) ?? { checksums: null, error: "it was not computed" };
}

/** The notes of a job's row, if there is nothing to check it against. */
export const uncheckedNotes =
  (referenceOf: References) =>
  (job: Job): string[] => {
    const { checksums, error } = referenceOf(job);
    return checksums ? [] : [`unchecked, the reference failed: ${error}`];
  };

const textOf = ({ case: name, mode }: CaseKey): string => `${name} ${mode}`;

async function compute(missing: readonly CaseKey[], send: SendRequest): Promise<readonly Reference[]> {
  const keys = missing.map(({ case: name, mode }) => ({ case: name, mode }));
  try {
    return await send({ kind: "checksums", engine: REFERENCE_ENGINE, keys });
  } catch (cause) {
    return keys.map((key) => ({ ...key, checksums: null, error: (cause as Error).message }));
  }
}

function readCache(file: string): Cache | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Cache;
  } catch {
    return null; // there is none yet, or it is damaged
  }
}

/** A hash that changes whenever a file does that a case may depend on. */
function hashOfSources(): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const folder of ["packages", "apps/bench/src"])
    for (const path of (readdirSync(join(root, folder), { recursive: true }) as string[]).sort())
      if (path.endsWith(".ts") && /(^|[\\/])(src|cases|worker)[\\/]/.test(path))
        hash.update(path).update(readFileSync(join(root, folder, path)));
  return hash.digest("hex");
}
