import type { Mode } from "../job.js";

/** Steps of a case in one mode. */
export interface PublishedSteps {
  readonly case: string;
  readonly mode: Mode;
  /** A step for each. */
  readonly batches: readonly number[];
}

/** What `docs/results/engines.md` tells of. */
export const published: readonly PublishedSteps[] = [
  { case: "model/resnet-18", mode: "train", batches: [16] },
  { case: "model/mv-hfmd", mode: "train", batches: [8] },
  { case: "model/mc-resnet-18", mode: "train", batches: [8] },
  { case: "model/psp-resnet-18", mode: "train", batches: [4] },
  { case: "backbone/resnet-18-224", mode: "infer", batches: [1, 16] },
  { case: "backbone/mobilenet-v2-224", mode: "infer", batches: [1, 16] },
  { case: "model/mv-hfmd", mode: "infer", batches: [1, 16] },
  { case: "model/psp-resnet-18", mode: "infer", batches: [1] },
];
