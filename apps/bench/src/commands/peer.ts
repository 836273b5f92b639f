import os from "node:os";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import { published } from "../cases/published.js";
import { isPeer, PEERS, type Job, type LocalRunner, type Mode } from "../job.js";
import { findPython, type Python } from "../peer/python.js";
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
  /** The first is compared with all others. */
  readonly engine: readonly LocalRunner[];
  /** What is measured. */
  readonly mode: readonly Mode[];
  /** Samples in a step. Default: each case's own. */
  readonly batch?: readonly number[];
  /** Views of a collection. */
  readonly views: readonly number[];
  /** Fresh processes for each engine, and for PyTorch. */
  readonly observations: number;
  /** Numbers of threads, of the engines and of PyTorch. Default: the first engine's. */
  readonly threads?: readonly number[];
  /** Whether the steps of `docs/results/engines.md` are measured, with their batches. Default: no. */
  readonly published?: boolean;
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
  const python = options.published ? pythonOrWarning(options) : findPython(options.python);
  const jobs = jobsOf(patterns, options, python === null ? [] : PEERS);
  const limits = { signal, timeout: options.timeout * 1000 };
  const send = workerClient(limits);
  const { observations, json, md } = options;
  return runSuite(jobs, async () => {
    warn("working out what PyTorch must compute.");
    const snapshotOf = await snapshots(jobs, send);
    const referenceOf = eitherReference(await references(jobs, send), snapshotOf);
    return {
      ...{ name: "peer", signal, json, md, seed: SEED, budget, concurrency: 1, text: textSummary, page: peerPage },
      measure: (job) =>
        isPeer(job.engine)
          ? measureInPyTorch(job, budget, { python: python!, snapshotOf, ...limits })
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

/**
 * The Python with PyTorch, or null where none is asked for by name and none is found: then its columns are left out.
 */
function pythonOrWarning({ python }: PeerOptions): Python | null {
  try {
    return findPython(python);
  } catch (error) {
    if (!(error instanceof BadInput) || python || process.env["FOVEA_PYTHON"]) throw error;
    warn(`PyTorch is left out: ${error.message}`);
    return null;
  }
}

function jobsOf(patterns: readonly string[], options: PeerOptions, peers: readonly (typeof PEERS)[number][]): Job[] {
  const { engine, mode, batch, views, threads = [threadsOf(engine[0])] } = options;
  const chosen = select(
    cases.filter(({ peer }) => peer),
    patterns,
  );
  const grid = { engines: [...engine, ...peers], views, images: null, seed: SEED, threads };
  const jobs = options.published
    ? published.flatMap((steps) => {
        const own = { ...grid, modes: mode.filter((one) => one === steps.mode), batches: batch ?? steps.batches };
        return plan(
          chosen.filter(({ name }) => name === steps.case),
          own,
        );
      })
    : plan(chosen, { ...grid, modes: mode, batches: batch ?? null });
  return requireJobs(jobs, patterns, mode);
}

/** The number of threads of an engine, for PyTorch: a comparison of engines is not one of cores. */
const threadsOf = (engine: LocalRunner | undefined): number =>
  engine === "wasm" || engine === "cpu" ? 1 : os.availableParallelism();
