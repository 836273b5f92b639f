import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "@fovea/nn/node";
import { isUserCase } from "./cases/user-case.js";
import type { Ask } from "./child/ask.js";
import type { Asked, Digested } from "./child/protocol.js";
import type { Job } from "./job.js";
import { root } from "./paths.js";

/** Slow, and nothing but JavaScript loops: what every other engine is held to. */
const REFERENCE_ENGINE = "cpu";

/** What a job must compute, or why that is not known. */
export type References = (job: Job) => Pick<Digested, "digest" | "error">;

interface Cache {
  /** The sources it was computed from. */
  readonly sources: string;
  readonly known: readonly Digested[];
}

/**
 * The reference engine's answers for all that is asked. They are computed in one process, and kept in a file for as
 * long as no source changes; a user's own module is computed every time, since its sources are not ours to watch.
 */
export async function references(
  asked: readonly Asked[],
  ask: Ask,
  file = join(root, ".cache/bench/references.json"),
): Promise<References> {
  const sources = digestOfSources();
  const cache = readCache(file);
  const known = new Map(cache?.sources === sources ? cache.known.map((one) => [keyOf(one), one]) : []);
  const missing = [...new Map(asked.map((one) => [keyOf(one), one])).values()].filter((one) => !known.has(keyOf(one)));
  if (missing.length > 0) {
    console.error(`bench: computing ${missing.length} references on ${REFERENCE_ENGINE}, once for these sources.`);
    for (const one of await compute(missing, ask)) known.set(keyOf(one), one);
    const kept = [...known.values()].filter((one) => one.digest && !isUserCase(one.case));
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, JSON.stringify({ sources, known: kept } satisfies Cache));
  }
  return (job) => known.get(keyOf(job)) ?? { digest: null, error: "not asked" };
}

const keyOf = ({ case: name, mode }: Asked): string => `${name} ${mode}`;

async function compute(asked: readonly Asked[], ask: Ask): Promise<readonly Digested[]> {
  try {
    return await ask({ kind: "digest", engine: REFERENCE_ENGINE, asked });
  } catch (cause) {
    return asked.map((one) => ({ ...one, digest: null, error: (cause as Error).message }));
  }
}

function readCache(file: string): Cache | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Cache;
  } catch {
    return null; // there is none yet, or it is not whole
  }
}

/** Changes whenever anything does that a case may depend on. */
function digestOfSources(): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const folder of ["packages", "apps/bench/src"])
    for (const path of (readdirSync(join(root, folder), { recursive: true }) as string[]).sort())
      if (path.endsWith(".ts") && /(^|[\\/])(src|cases|child)[\\/]/.test(path))
        hash.update(path).update(readFileSync(join(root, folder, path)));
  return hash.digest("hex");
}
