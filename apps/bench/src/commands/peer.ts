import type { EngineName } from "@fovea/engine";
import os from "node:os";
import { cases } from "../cases/all.js";
import { isPeer, PEERS, type Job, type Mode } from "../job.js";
import { findPython } from "../peer/python.js";
import { measureInPyTorch } from "../peer/pytorch.js";
import { snapshots, type Snapshots } from "../peer/snapshots.js";
import { plan } from "../plan.js";
import { references, uncheckedNotes, type References } from "../references.js";
import { peerPage } from "../report/peer-page.js";
import { textSummary } from "../report/summary.js";
import { select } from "../select.js";
import { workerClient } from "../worker/client.js";
import { runSuite, warn } from "./run-suite.js";
import { NORMAL as budget, requireJobs } from "./run.js";

/** Options of `bench peer [cases...]`. */
export interface PeerOptions {
  /** The first is compared with all others. Default: the best that works. */
  readonly engine?: readonly EngineName[];
  /** What is measured. */
  readonly mode: readonly Mode[];
  /** Samples in a step. Default: each case's own. */
  readonly batch?: readonly number[];
  /** Views of a collection. */
  readonly views: readonly number[];
  /** Fresh processes for each engine, and for PyTorch. */
  readonly observations: number;
  /** Threads of PyTorch. Default: the first engine's. */
  readonly threads?: number;
  /** A Python that has PyTorch. Default: `FOVEA_PYTHON`, or `python3`. */
  readonly python?: string;
  /** The longest time that a process may take, in seconds. */
  readonly timeout: number;
  /** File for all samples. Default: none. */
  readonly json?: string;
  /** File for the page. Default: none. */
  readonly md?: string;
}

const SEED = 0;

/** Measures engines and PyTorch in turn, prints and saves. @returns the exit code, as `run` */
export async function peer(patterns: readonly string[], options: PeerOptions, signal: AbortSignal): Promise<number> {
  const jobs = jobsOf(patterns, options);
  const python = findPython(options.python);
  const limits = { signal, timeout: options.timeout * 1000 };
  const send = workerClient(limits);
  const threads = options.threads ?? threadsOf(options.engine?.[0]);
  const { observations, json, md } = options;
  return runSuite(jobs, async () => {
    warn("working out what PyTorch must compute.");
    const snapshotOf = await snapshots(jobs, send);
    const referenceOf = eitherReference(await references(jobs, send), snapshotOf);
    return {
      ...{ name: "peer", signal, json, md, seed: SEED, budget, concurrency: 1, text: textSummary, page: peerPage },
      measure: (job) =>
        isPeer(job.engine)
          ? measureInPyTorch(job, budget, { python, threads, snapshotOf, ...limits })
          : send({ kind: "measure", job, budget, expected: referenceOf(job).checksums }),
      notesOf: uncheckedNotes(referenceOf),
      observationsOf: () => observations,
    };
  });
}

/** Engines are checked against the reference engine at tiny sizes, peers against the snapshot at full size. */
const eitherReference =
  (referenceOf: References, snapshotOf: Snapshots): References =>
  (job) => {
    if (!isPeer(job.engine)) return referenceOf(job);
    const { snapshot, error } = snapshotOf(job);
    return { checksums: snapshot?.checksums ?? null, error };
  };

function jobsOf(patterns: readonly string[], { engine, mode, batch, views }: PeerOptions): Job[] {
  const chosen = select(
    cases.filter(({ peer }) => peer),
    patterns,
  );
  const engines = [...(engine ?? [null]), ...PEERS];
  const grid = { engines, modes: mode, batches: batch ?? null, views, images: null, seed: SEED };
  return requireJobs(plan(chosen, grid), patterns, mode);
}

/** The number of threads of an engine, for PyTorch: a comparison of engines is not one of cores. */
const threadsOf = (engine: EngineName | undefined): number =>
  engine === "wasm" || engine === "cpu" ? 1 : os.availableParallelism();
