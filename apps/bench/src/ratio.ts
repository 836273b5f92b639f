import type { Ask } from "./child/ask.js";
import type { Budget, Job } from "./job.js";
import type { References } from "./references.js";
import { median, ratioOfRounds, type Estimate } from "./statistics.js";

/** How much faster the first job is than the second, and the times of each round, ms. */
export interface Ratio {
  readonly rounds: readonly { readonly fast: number; readonly slow: number }[];
  /** Time of the second over time of the first: the median of the rounds, with the interval of their mean log-ratio. */
  readonly ratio: Estimate;
}

/**
 * Two jobs in turn, a fresh process each, so that a slow minute of the machine falls on both.
 *
 * @throws Error if a process fails or computes something else than the reference
 */
export async function ratioOf(
  [fast, slow]: readonly [Job, Job],
  { ask, references, budget, rounds, onRound }: RatioOptions,
): Promise<Ratio> {
  const medianOf = async (job: Job) => {
    const found = await ask({ kind: "measure", job, budget, expected: references(job).digest });
    if (found.invalid) throw new Error(`${job.case} on ${job.engine}: ${found.invalid}`);
    return median(found.samples.step);
  };
  const times: { fast: number; slow: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push({ fast: await medianOf(fast), slow: await medianOf(slow) });
    onRound(times.at(-1)!);
  }
  const of = (which: "fast" | "slow") => times.map((round) => round[which]);
  return { rounds: times, ratio: ratioOfRounds(of("slow"), of("fast")) };
}

export interface RatioOptions {
  readonly ask: Ask;
  readonly references: References;
  readonly budget: Budget;
  readonly rounds: number;
  readonly onRound: (round: { readonly fast: number; readonly slow: number }) => void;
}
