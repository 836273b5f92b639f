import type { EngineName } from "@fovea/engine";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import { asker } from "../child/ask.js";
import { plan, type Budget, type Mode } from "../job.js";
import { loadWarning, machine } from "../machine.js";
import { ratioOf } from "../ratio.js";
import { references } from "../references.js";
import { compact, stepName } from "../report/format.js";
import { withProgress } from "../report/progress.js";
import { select } from "../select.js";

/** Options of `bench ratio`. */
export interface RatioCommandOptions {
  readonly engine: readonly EngineName[];
  readonly mode: readonly Mode[];
  readonly batch?: number;
  readonly rounds: number;
  readonly atLeast?: number;
  readonly timeout: number;
}

/** A slow engine may take ten seconds a step: after the first and the warm-up, one is enough. */
const FEW: Budget = { time: 1000, steps: 1 };

/** Prints how many times faster the first engine is than the second. @returns the exit code: 1 if that is not enough */
export async function ratio(name: string, options: RatioCommandOptions, signal: AbortSignal): Promise<number> {
  const [one, ...others] = select(cases, [name]);
  if (others.length > 0) throw new BadInput(`ratio takes one case, and \`${name}\` is ${others.length + 1}.`);
  if (options.engine.length !== 2 || options.mode.length !== 1)
    throw new BadInput("ratio takes two engines, `--engine fast,slow`, and one `--mode`.");
  const batches = options.batch ? [options.batch] : null;
  const sweep = { engines: options.engine, modes: options.mode, batches, views: [3], image: null, seed: 0 };
  const jobs = plan([one!], sweep);
  const [fast, slow] = options.engine;
  const warning = loadWarning(machine());
  if (warning) console.error(`bench: ${warning}`);
  const ask = asker(signal, options.timeout * 1000);
  const known = await references(jobs, ask);
  const { ratio, rounds } = await withProgress(options.rounds, (done) =>
    ratioOf([jobs[0]!, jobs[1]!], {
      ...{ ask, references: known, budget: FEW, rounds: options.rounds },
      onRound: (round) => done(`${fast} ${compact(round.fast)} ms, ${slow} ${compact(round.slow)} ms`),
    }),
  );
  console.log(`${one!.name} ${stepName(jobs[0]!)}: ${fast} is ${compact(ratio.value)}× as fast as ${slow}`);
  const interval = rounds.length > 1 ? `${compact(ratio.low)}× … ${compact(ratio.high)}×` : "unknown";
  console.log(`median of ${rounds.length} interleaved rounds, 95 % interval ${interval}`);
  return options.atLeast && ratio.value < options.atLeast ? 1 : 0;
}
