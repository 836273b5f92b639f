import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answerOf, mortal, type Patience } from "../child/answer-of.js";
import type { Digest } from "../child/digest.js";
import type { Asking, Expected, Observation, Reply, Samples } from "../child/protocol.js";
import { verdict } from "../child/verdict.js";
import type { Peer } from "../job.js";
import { root } from "../paths.js";
import { margin } from "../statistics.js";
import type { Python } from "./python.js";
import type { Twins } from "./twins.js";

/** Where and how PyTorch runs. */
export interface PeerOptions extends Patience {
  readonly python: Python;
  readonly threads: number;
  readonly twins: Twins;
}

/**
 * Wider than between engines, which are compared at tiny sizes: at full size rounding flips so many gates of ReLUs that
 * PyTorch's own gradients in double precision are more than 1e-2 from those in single.
 */
const GRADIENTS = 5e-2;

/** What `peer/worker.py` answers. */
interface Found {
  readonly first: number;
  readonly samples: Samples;
  readonly rss: Observation["rss"];
  readonly params: number;
  readonly digest: readonly Digest[];
  readonly threads: number;
  readonly version: string;
}

const worker = fileURLToPath(new URL("../../peer/worker.py", import.meta.url));
const cache = join(root, ".cache/bench/torch-compile"); // compiling takes a minute: once is enough

/** The observation of a fresh process of Python that does the same job under the same weights. */
export async function askPeer({ job, budget }: Asking<"measure">, options: PeerOptions): Promise<Observation> {
  const { twin, error } = options.twins(job);
  if (!twin) throw new Error(`nothing to compare with: ${error}`);
  const { python, threads } = options;
  const question = { ...job, budget, threads, file: twin.file, compile: job.engine === "pytorch-compile" };
  const { digest, version, ...found } = await observe(python.command, question, options);
  const checked = verdict(inOrderOf(twin.digest, digest), twin.digest, GRADIENTS);
  const weights = found.params === twin.params ? null : `${found.params} weights instead of ${twin.params}`;
  return {
    ...found,
    engine: job.engine as Peer,
    flags: { threads: found.threads },
    library: `PyTorch ${version}, ${found.threads} ${found.threads === 1 ? "thread" : "threads"}`,
    rme: margin(found.samples.step),
    tensorsLeft: 0,
    fallbacks: {},
    macs: twin.macs,
    ...checked,
    invalid: weights ?? checked.invalid,
  };
}

/** One line in, one line out. The answer counts once the process is gone: its end shall not disturb the next one. */
async function observe(command: string, question: object, patience: Patience): Promise<Found> {
  const env = { ...process.env, TORCHINDUCTOR_CACHE_DIR: cache };
  const child = spawn(command, [worker], { ...mortal(patience), env, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const answer = answerOf(
    child,
    (hear) => child.on("close", () => said.endsWith("\n") && hear(JSON.parse(said) as Reply)),
    patience,
  );
  child.stdin.on("error", () => undefined); // it died before it listened: answerOf says why
  child.stdin.end(`${JSON.stringify(question)}\n`);
  return (await answer) as Found;
}

/** Digests in the order of those expected; any that are not expected come last. */
function inOrderOf(expected: Expected, found: readonly Digest[]): Digest[] {
  const place = new Map(expected.map(({ name }, i) => [name, i]));
  const placeOf = ({ name }: Digest) => place.get(name) ?? place.size;
  return [...found].sort((a, b) => placeOf(a) - placeOf(b));
}
