import { useEngine, type EngineName } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import type { Mode } from "../job.js";
import { textTable } from "@fovea/experiment/console";
import { select } from "../select.js";
import { timeKernels } from "../worker/kernel-times.js";
import { inferStep, trainStep } from "../worker/steps.js";

/** Options of `bench profile`. */
export interface ProfileOptions {
  /** One engine. Default: the best that works. */
  readonly engine?: readonly EngineName[];
  /** What is measured. */
  readonly mode: readonly Mode[];
  /** Samples in a step. Default: the case's own. */
  readonly batch?: number;
  /** Steps that are timed. */
  readonly steps: number;
  /** Kernels that are shown. */
  readonly top: number;
}

const WARM_UP = 3;

/**
 * Prints the kernels that a step spends its time in. Each is timed where it is called, which is right for engines that
 * compute at once.
 */
export async function profile(name: string, options: ProfileOptions): Promise<void> {
  const [one, ...others] = select(cases, [name]);
  const [mode, engines] = [options.mode[0], options.engine ?? [undefined]];
  if (others.length + engines.length + options.mode.length !== 2 || mode === "read")
    throw new BadInput("profile: expected one case, one `--engine` and one `--mode`, infer or train.");
  const { engine } = await useEngine(engines[0]);
  const { make, batch, image, name: title } = one!;
  const size = { batch: options.batch ?? [batch].flat()[0]!, views: 3, image: image?.full ?? 0, seed: 0, tiny: false };
  const subject = await make(size);
  const step = mode === "infer" ? inferStep(subject) : trainStep(subject, 0);
  for (let i = 0; i < WARM_UP; i++) await step();
  const times = timeKernels(tf.getBackend());
  const start = performance.now();
  for (let i = 0; i < options.steps; i++) await step();
  const total = (performance.now() - start) / options.steps;
  const rows = [...times].sort(([, a], [, b]) => b.ms - a.ms);
  const inKernels = rows.reduce((ms, [, kernel]) => ms + kernel.ms, 0) / options.steps;
  const table = rows.slice(0, options.top).map(([kernel, { ms, calls }]) => {
    const each = ms / options.steps;
    return [kernel, (calls / options.steps).toFixed(0), each.toFixed(2), ((1000 * ms) / calls).toFixed(0), ((100 * each) / total).toFixed(0)]; // prettier-ignore
  });
  console.log(`${title} ${mode}, ${engine}: ${total.toFixed(1)} ms a step, ${inKernels.toFixed(1)} of them in kernels`);
  console.log(textTable({ head: ["kernel", "calls", "ms", "µs each", "%"], rows: table }));
  subject.dispose();
}
