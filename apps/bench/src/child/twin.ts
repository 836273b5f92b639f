import type * as tf from "@tensorflow/tfjs-core";
import { countParams, inferenceContext } from "@fovea/nn";
import { saveSafetensors } from "@fovea/nn/node";
import type { Case, Subject } from "../cases/case.js";
import type { Job } from "../job.js";
import { digestSubject, shake } from "./check.js";
import { countMacs } from "./macs.js";
import type { Twin } from "./protocol.js";

/** Saves all that a case computes with at full size, and says what it computes: the same is asked of its peers. */
export async function twinOf(one: Case, job: Job, file: string): Promise<Twin> {
  const subject = await one.make({ ...job, image: job.image ?? 0, tiny: false });
  try {
    shake(subject.params);
    const { params, inputs, data = {} } = subject;
    await saveSafetensors(file, { ...under("params", params), ...under("inputs", inputs), ...under("data", data) });
    const digest = await digestSubject(subject, job.mode);
    return { file, digest, params: countParams(subject), macs: macsOf(subject) / job.batch };
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
