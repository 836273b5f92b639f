import type * as tf from "@tensorflow/tfjs-core";
import { countParams, inferenceContext } from "@fovea/nn";
import { saveSafetensors } from "@fovea/nn/node";
import type { Case, Subject } from "../cases/case.js";
import type { Job } from "../job.js";
import { subjectChecksums, perturb } from "./check.js";
import { countMacs } from "./macs.js";
import type { Snapshot } from "./protocol.js";
import type { Compile } from "./compile.js";

/**
 * Saves everything that a case at full size computes with, and says what it computes: PyTorch must compute the same.
 */
export async function snapshotOf(one: Case, job: Job, file: string, compile?: Compile): Promise<Snapshot> {
  const subject = await one.make({ ...job, image: job.image ?? 0, tiny: false });
  try {
    perturb(subject);
    const { params, inputs, data = {} } = subject;
    await saveSafetensors(file, { ...under("params", params), ...under("inputs", inputs), ...under("data", data) });
    const checksums = await subjectChecksums(subject, job.mode, compile);
    return { file, checksums, params: countParams(subject), macs: macsOf(subject) / job.batch };
  } finally {
    subject.dispose();
  }
}

const under = (prefix: string, tensors: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));

function macsOf(subject: Subject): number {
  const { result, macs } = countMacs(() => subject.forward(inferenceContext()));
  result.dispose();
  return macs;
}
