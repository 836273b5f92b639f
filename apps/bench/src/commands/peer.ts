import type { EngineName } from "@fovea/engine";
import os from "node:os";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import { asker, type Ask } from "../child/ask.js";
import type { Asking } from "../child/protocol.js";
import { isPeer, PEERS, plan, type Job, type Mode } from "../job.js";
import { askPeer } from "../peer/ask-peer.js";
import { findPython } from "../peer/python.js";
import { twins } from "../peer/twins.js";
import { references, type References } from "../references.js";
import { peerPage } from "../report/peer-page.js";
import { select } from "../select.js";
import { carryOut } from "./carry-out.js";
import { NORMAL } from "./run.js";

/** Options of `bench peer [cases...]`. */
export interface PeerCommandOptions {
  readonly engine?: readonly EngineName[];
  readonly mode: readonly Mode[];
  readonly batch?: readonly number[];
  readonly views: readonly number[];
  readonly observations: number;
  readonly threads?: number;
  readonly python?: string;
  readonly timeout: number;
  readonly json?: string;
  readonly md?: string;
}

const SEED = 0;

/** Measures engines and PyTorch in turn, prints and saves. @returns the exit code, as `run` */
export async function peer(
  patterns: readonly string[],
  options: PeerCommandOptions,
  signal: AbortSignal,
): Promise<number> {
  const jobs = jobsOf(patterns, options);
  const python = findPython(options.python);
  const timeout = options.timeout * 1000;
  const ask = asker(signal, timeout);
  console.error("bench: working out what PyTorch must compute.");
  const known = await twins(jobs, ask);
  const threads = options.threads ?? threadsOf(options.engine?.[0]);
  const askEither = (request: Asking<"measure">) =>
    isPeer(request.job.engine) ? askPeer(request, { python, threads, twins: known, signal, timeout }) : ask(request);
  const { observations, json, md } = options;
  return carryOut(jobs, {
    ...{ signal, observations, json, md, seed: SEED, budget: NORMAL, atOnce: 1, page: peerPage },
    ask: askEither as Ask,
    async references(jobs): Promise<References> {
      const ofEngines = await references(jobs, ask);
      return (job) => {
        if (!isPeer(job.engine)) return ofEngines(job);
        const { twin, error } = known(job);
        return { digest: twin?.digest ?? null, error };
      };
    },
  });
}

function jobsOf(patterns: readonly string[], { engine, mode, batch, views }: PeerCommandOptions): Job[] {
  const twinned = select(
    cases.filter(({ twin }) => twin),
    patterns,
  );
  const engines = [...(engine ?? [null]), ...PEERS];
  const jobs = plan(twinned, { engines, modes: mode, batches: batch ?? null, views, image: null, seed: SEED });
  if (jobs.length === 0) throw new BadInput(`nothing of ${patterns.join(", ")} has the mode ${mode.join(", ")}.`);
  return jobs;
}

/** As many as the engine has: a comparison of engines is not one of cores. */
const threadsOf = (engine: EngineName | undefined): number =>
  engine === "wasm" || engine === "cpu" ? 1 : os.availableParallelism();
