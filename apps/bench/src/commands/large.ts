import { existsSync } from "node:fs";
import type { EngineName } from "@fovea/engine";
import os from "node:os";
import { BadInput } from "../bad-input.js";
import type { Budget, Job } from "../job.js";
import { findLargeCase, isNetwork, isOf, isSegment, largeCases } from "../large/cases.js";
import { checksOf } from "../large/checks.js";
import { filesIn, layoutOf, missingFiles, withFolder, writeImages } from "../large/images.js";
import { lawsOf } from "../large/laws.js";
import { memoryLimit } from "../large/memory-limit.js";
import { plan } from "../plan.js";
import { largePage, largeText } from "../report/large-summary.js";
import { selectByName } from "../select.js";
import { workerClient, type SendRequest } from "../worker/client.js";
import type { Observation } from "../worker/protocol.js";
import { runSuite } from "./run-suite.js";
import { concurrencyOf, requireJobs, type CommonOptions } from "./run.js";

/** Options of `bench large [cases...]`. */
export interface LargeOptions extends CommonOptions {
  /** One engine. Default: the best that works. */
  readonly engine?: readonly EngineName[];
  /** Sides of the images in pixels. Default: each case's own. */
  readonly image?: readonly number[];
  /** Fresh processes for each row. Default: 1, and 5 for `huge/*`, since the most that one takes differs. */
  readonly observations?: number;
  /** Timed steps of `size/*` and `law/*`. Default: 3, or 1 if `quick`. */
  readonly steps?: number;
  /** Gigabytes beyond which nothing is tried. Default: half of the machine's. */
  readonly maxMemory?: number;
  /** Folder where the images are kept. Default: they are not kept. */
  readonly files?: string;
}

/** Weights and draws are the same in every run. */
const SEED = 0;

/** Measures networks and sources on large images, prints and saves. @returns the exit code, as `run` */
export async function large(patterns: readonly string[], options: LargeOptions, signal: AbortSignal): Promise<number> {
  const { quick, json, md, maxMemory } = options;
  const jobs = jobsOf(patterns, options);
  const send = workerClient({ signal, timeout: options.timeout * 1000 });
  return withFolder(options.files, (folder) =>
    runSuite(jobs, async () => {
      const failed = await writeImages(missingFiles(folder, jobs), send);
      const tooLarge = await memoryLimit(jobs, maxMemory ? maxMemory * 2 ** 30 : os.totalmem() / 2, send);
      return {
        ...{ name: "large", signal, seed: SEED, json, md, text: largeText, page: largePage, tooLarge },
        budget: budgetsOf(options).network,
        measure: (job) => measureOn({ folder, failed, send }, job, budgetOf(job, options)),
        observationsOf: (job) => options.observations ?? (isOf("huge", job) && !quick ? 5 : 1),
        concurrency: concurrencyOf(options),
        secondsOf: (job) => (tooLarge(job) ? 1 : secondsOf(job)),
        findings: (rows) => ({ laws: lawsOf(rows), checks: checksOf(rows) }),
      };
    }),
  );
}

/** The jobs of the cases that patterns name, small images first. */
export function jobsOf(patterns: readonly string[], options: LargeOptions): Job[] {
  const { quick, engine = [null], mode, image } = options;
  if (engine.length > 1) throw new BadInput(`large: expected one \`--engine\`, got ${engine.join(",")}.`);
  const all = largeCases(quick);
  const usual = quick && patterns.length === 0 ? all.filter(({ name }) => !name.startsWith("law/")) : all;
  const modes = mode ?? (["infer", "train", "read"] as const);
  const grid = { engines: engine, modes, batches: null, views: [1], images: image ?? null, seed: SEED };
  const jobs = plan(selectByName(usual, patterns), grid).sort((a, b) => a.image! - b.image!);
  return requireJobs(jobs, patterns, mode);
}

/**
 * Very large images are predicted for a time, whatever `--steps` is: a process grows for tens of thousands of reads,
 * until garbage is collected as fast as it comes, and images are compared by the memory they take, not by how far a
 * process got.
 */
export const budgetsOf = ({
  quick,
  steps,
}: Pick<LargeOptions, "quick" | "steps">): Record<"network" | "huge" | "segment" | "source", Budget> => ({
  network: { time: 0, steps: steps ?? (quick ? 1 : 3), maxTime: 20_000 },
  huge: { time: quick ? 0 : 20_000, steps: 1 },
  segment: { time: 0, steps: 1, warmup: false }, // an image is hundreds of windows
  source: { time: quick ? 100 : 2000, steps: 1 },
});

function budgetOf(job: Job, options: LargeOptions): Budget {
  const { network, ...others } = budgetsOf(options);
  return Object.entries(others).find(([group]) => isOf(group, job))?.[1] ?? network;
}

/** The folder of the images, the reasons why some are not there, and a client of workers. */
interface Images {
  readonly folder: string;
  readonly failed: ReadonlyMap<string, string>;
  readonly send: SendRequest;
}

/** Measures a job on its image. @throws Error where there is none */
export async function measureOn({ folder, failed, send }: Images, job: Job, budget: Budget): Promise<Observation> {
  const files = filesIn(folder, job.image!);
  const file = files[layoutOf(job)];
  if (!existsSync(file)) throw new Error(`there is no image: ${failed.get(file) ?? "it was not written"}`);
  return send({ kind: "measure-large", job, budget, files });
}

/** Seconds of a training step for a million pixels of the image, about. */
const SECONDS_PER_MEGAPIXEL = { full: 25, "down-scaled": 1, attention: 0.2, "zoom-in": 0.1 } as const;

/** Seconds to segment a million pixels twice: a first time, and the timed one. */
const SECONDS_OF_LABELS = 0.4;

/** About how many seconds a process takes, on a machine of no particular speed. */
function secondsOf({ case: name, image, mode }: Job): number {
  const one = findLargeCase(name);
  if (isSegment(one)) return 3 + Math.round((image! / 1000) ** 2 * SECONDS_OF_LABELS);
  if (!isNetwork(one)) return 5;
  if (name.startsWith("huge/")) return 23;
  return 3 + Math.round((image! / 1000) ** 2 * SECONDS_PER_MEGAPIXEL[one.network] * (mode === "train" ? 1 : 0.3));
}
