import { countParams, inferenceContext } from "@fovea/nn";
import type { Case } from "../cases/case.js";
import type { Job } from "../job.js";
import { countMacs } from "./macs.js";
import type { Workload } from "./measure.js";
import { inferStep, trainStep } from "./steps.js";

/** The steps of a case at full size. */
export async function subjectWorkload(one: Case, { image, ...job }: Job): Promise<Workload> {
  const subject = await one.make({ ...job, image: image ?? 0, tiny: false });
  return {
    step: job.mode === "infer" ? inferStep(subject) : trainStep(subject, job.seed),
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
