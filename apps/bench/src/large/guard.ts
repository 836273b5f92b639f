import type { Ask } from "../child/ask.js";
import { withProgress } from "../report/progress.js";
import type { NetworkJob } from "./job.js";
import type { Estimate, Trial } from "./protocol.js";

/** Bytes resident that a job would take, about; null where nobody has looked. */
export type Guard = (job: NetworkJob) => number | null;

/** Pictures of up to this side are tried without asking what they take. */
const HARMLESS = 1024;

/** Finds out, in a fresh process each, what the networks take that are to see larger pictures than that. */
export async function guardFor(jobs: readonly NetworkJob[], ask: Ask): Promise<Guard> {
  const large = jobs.filter(({ part, side }) => part !== "huge" && side > HARMLESS); // the others run in any case
  const trials = new Map(large.map(({ network, mode, engine }): [string, Trial] => [`${network} ${mode}`, { network, mode, engine }])); // prettier-ignore
  const known = new Map<string, Estimate>();
  if (trials.size > 0)
    await withProgress(trials.size, async (done) => {
      for (const [name, trial] of trials) {
        const found = await ask({ kind: "estimate", trial }).catch(() => null); // its rows will say why
        if (found) known.set(name, found);
        done(`estimating ${name}`);
      }
    });
  return ({ network, mode, side }) => {
    const found = known.get(`${network} ${mode}`);
    return found && side > HARMLESS ? bytesOf(found, side) : null;
  };
}

/** A line through noise may fall: then nothing grows. */
export const bytesOf = ({ constant, perPixel }: Estimate, side: number): number =>
  constant + Math.max(0, perPixel) * side ** 2;
