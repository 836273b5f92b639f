import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Budget, Job, Peer } from "../job.js";
import { root } from "../paths.js";
import { margin } from "@fovea/experiment/console";
import type { Checksum } from "../worker/checksum.js";
import { compareChecksums } from "../worker/compare-checksums.js";
import type { Expected, Observation, Response, Samples } from "../worker/protocol.js";
import { processOptions, responseOf, type ProcessLimits } from "../worker/response-of.js";
import type { Python } from "./python.js";
import type { Snapshots } from "./snapshots.js";

/** Where and how PyTorch runs. */
export interface PyTorchOptions extends ProcessLimits {
  /** The Python that has PyTorch. */
  readonly python: Python;
  /** The weights and inputs of a case, which both sides share. */
  readonly snapshotOf: Snapshots;
}

/**
 * The largest relative difference of gradients. It is larger than between engines, which are compared at tiny sizes: at
 * full size rounding flips so many gates of ReLUs that PyTorch's own gradients in double precision are more than 1e-2
 * from those in single.
 */
const GRADIENT_TOLERANCE = 5e-2;

/** The answer of `peer/worker.py`. */
interface Found {
  readonly first: number;
  readonly samples: Samples;
  readonly rss: Observation["rss"];
  readonly params: number;
  readonly checksums: readonly Checksum[];
  readonly threads: number;
  readonly version: string;
  /** What its threads do that wait for work. */
  readonly waiting: string;
}

const worker = fileURLToPath(new URL("../../peer/worker.py", import.meta.url));
const cache = join(root, ".cache/bench/torch-compile"); // compiling takes a minute: once is enough

/**
 * Measures a job, which says how many threads, once in PyTorch: in a fresh process of Python, with the weights and
 * inputs of the job's snapshot.
 */
export async function measureInPyTorch(job: Job, budget: Budget, options: PyTorchOptions): Promise<Observation> {
  const { snapshot, error } = options.snapshotOf(job);
  if (!snapshot) throw new Error(`nothing to compare with: ${error}`);
  const { python } = options;
  const request = { ...job, budget, file: snapshot.file, compile: job.engine === "pytorch-compile" };
  const { checksums, version, waiting, ...found } = await send(python.command, request, options);
  const sorted = inOrderOf(snapshot.checksums, checksums);
  const checked = compareChecksums(sorted, snapshot.checksums, GRADIENT_TOLERANCE);
  const weights = found.params === snapshot.params ? null : `${found.params} weights instead of ${snapshot.params}`;
  return {
    ...found,
    engine: job.engine as Peer,
    flags: { threads: found.threads },
    library: `PyTorch ${version}, whose waiting threads ${waiting}`,
    rme: margin(found.samples.step),
    tensorsLeft: 0,
    fallbacks: {},
    macs: snapshot.macs,
    ...checked,
    invalid: weights ?? checked.invalid,
  };
}

/**
 * Sends one line, and reads one. The answer counts once the process is gone: its end shall not disturb the next
 * process.
 */
async function send(command: string, request: object, limits: ProcessLimits): Promise<Found> {
  const env = { ...process.env, TORCHINDUCTOR_CACHE_DIR: cache };
  const child = spawn(command, [worker], { ...processOptions(limits), env, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const answer = responseOf(
    child,
    (onResponse) => child.on("close", () => stdout.endsWith("\n") && onResponse(JSON.parse(stdout) as Response)),
    limits,
  );
  child.stdin.on("error", () => undefined); // it ended before it read: responseOf says why
  child.stdin.end(`${JSON.stringify(request)}\n`);
  return (await answer) as Found;
}

/** Checksums in the order of those expected; any that are not expected come last. */
function inOrderOf(expected: Expected, found: readonly Checksum[]): Checksum[] {
  const place = new Map(expected.map(({ name }, i) => [name, i]));
  const placeOf = ({ name }: Checksum) => place.get(name) ?? place.size;
  return [...found].sort((a, b) => placeOf(a) - placeOf(b));
}
