import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeLabelBands } from "@fovea/data/node";
import { countParams, type LargeImage } from "@fovea/nn";
import { pixelLogits, slidingWindow, type Classify } from "@fovea/segmentation";
import type { Job } from "../job.js";
import { perturb } from "../worker/check.js";
import { engineCompile } from "../worker/compile.js";
import type { Workload } from "../worker/measure.js";
import type { SegmentCase } from "./cases.js";
import { useImage, type Used } from "./open-image.js";
import { segmenters } from "./segmenters.js";

/**
 * A step segments the whole image, and writes its label map band by band into a file beside it, which is removed. The
 * network is one graph where the engine can compile it.
 */
export function segmentWorkload(one: SegmentCase, job: Job, file: string): Workload {
  const model = segmenters[one.segmenter]();
  perturb(model);
  const compiled = engineCompile()?.(classify);
  let last: Used<number> | undefined;

  function classify(images: Parameters<Classify>[0]) {
    return pixelLogits(model, images);
  }

  /** @returns the number of windows */
  async function segment(image: LargeImage): Promise<number> {
    let windows = 0;
    const counted: Classify = (images) => {
      windows += images.shape[0];
      return (compiled ?? classify)(images);
    };
    const path = join(dirname(file), `labels-${randomUUID()}.tif`);
    try {
      const bands = slidingWindow(image, counted, { window: one.window, stride: one.stride });
      await writeLabelBands(path, bands, { width: image.width, height: image.height });
      return windows;
    } finally {
      await rm(path, { force: true });
    }
  }

  return {
    async step() {
      last = await useImage(file, job.image!, one.cacheBytes, segment);
      return { forward: last.ms, backward: 0, optimizer: 0 };
    },
    inspect() {
      const { result: windows, reads, decodedBytes } = last!;
      const segmentation = { windows, reads, decodedBytes };
      return Promise.resolve({ params: countParams(model), macs: 0, invalid: null, segmentation });
    },
    dispose() {
      compiled?.dispose();
      model.dispose();
    },
  };
}
