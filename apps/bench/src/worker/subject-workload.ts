import { countParams, inferenceContext } from "@fovea/nn";
import type { Case, Subject } from "../cases/case.js";
import type { Job } from "../job.js";
import { compiledInferStep, compiledTrainStep } from "./compiled-steps.js";
import { countMacs } from "./macs.js";
import type { Workload } from "./measure.js";
import type { Compile } from "./compile.js";
import { inferStep, trainStep, type Step } from "./steps.js";

/**
 * The steps of a case at full size.
 *
 * @param compile - makes a graph of each. Default: they run operation by operation
 */
export async function subjectWorkload(one: Case, { image, ...job }: Job, compile?: Compile): Promise<Workload> {
  const subject = await one.make({ ...job, image: image ?? 0, tiny: false });
  return {
    step: stepOf(subject, job, compile),
    async inspect() {
      const { result, macs } = countMacs(() => subject.forward(inferenceContext()));
      const values = await result.data();
      result.dispose();
      const invalid = values.every(Number.isFinite) ? null : "the output holds NaN or infinity";
      return { params: countParams(subject), macs: macs / job.batch, invalid };
    },
    dispose: () => subject.dispose(),
  };
}

function stepOf(subject: Subject, { mode, seed }: Pick<Job, "mode" | "seed">, compile?: Compile): Step {
  if (!compile) return mode === "infer" ? inferStep(subject) : trainStep(subject, seed);
  const compiled = mode === "infer" ? compiledInferStep(subject, compile) : compiledTrainStep(subject, seed, compile);
  return compiled.step; // its graph ends with the process
}
