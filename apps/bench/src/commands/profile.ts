import { useEngine, type EngineName } from "@fovea/engine";
import * as tf from "@tensorflow/tfjs-core";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import { meter } from "../child/meter.js";
import { inferStep, trainStep } from "../child/steps.js";
import type { Mode } from "../job.js";
import { plainTable } from "../report/plain-table.js";
import { select } from "../select.js";

/** Options of `bench profile`. */
export interface ProfileOptions {
  readonly engine?: readonly EngineName[];
  readonly mode: readonly Mode[];
  readonly batch?: number;
  readonly steps: number;
  readonly top: number;
}

const WARM_UP = 3;

/**
 * Prints which kernels a step spends its time in. Each is timed where it is called: for engines that compute then and
 * there.
 */
export async function profile(name: string, options: ProfileOptions): Promise<void> {
  const [one, ...others] = select(cases, [name]);
  const asked = options.engine ?? [undefined];
  if (others.length + asked.length + options.mode.length !== 2)
    throw new BadInput("profile takes one case, one `--engine` and one `--mode`.");
  const { engine } = await useEngine(asked[0]);
  const { make, batch, image, name: title } = one!;
  const subject = await make({
    batch: options.batch ?? batch,
    views: 3,
    image: image?.full ?? 0,
    seed: 0,
    tiny: false,
  });
  const step = options.mode[0] === "infer" ? inferStep(subject) : trainStep(subject, 0);
  for (let i = 0; i < WARM_UP; i++) await step();
  const spent = meter(tf.getBackend());
  const start = performance.now();
  for (let i = 0; i < options.steps; i++) await step();
  const total = (performance.now() - start) / options.steps;
  const rows = [...spent].sort(([, a], [, b]) => b.ms - a.ms);
  const inKernels = rows.reduce((ms, [, kernel]) => ms + kernel.ms, 0) / options.steps;
  const table = rows.slice(0, options.top).map(([kernel, { ms, calls }]) => {
    const each = ms / options.steps;
    return [kernel, (calls / options.steps).toFixed(0), each.toFixed(2), ((1000 * ms) / calls).toFixed(0), ((100 * each) / total).toFixed(0)]; // prettier-ignore
  });
  console.log(`${title} ${options.mode[0]}, ${engine}: ${total.toFixed(1)} ms a step, ${inKernels.toFixed(1)} of them in kernels`); // prettier-ignore
  console.log(plainTable(["kernel", "calls", "ms", "µs each", "%"], table));
  subject.dispose();
}
