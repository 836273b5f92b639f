import { convNet, resNet } from "@fovea/backbones";
import { fcnDecoder, pspDecoder, segmenter, type Segmenter } from "@fovea/segmentation";
import type { SegmenterName } from "./cases.js";

const CLASSES = 4;

/** The segmenters, with weights of their own: narrow, so that what goes on around the network shows. */
export const segmenters: Readonly<Record<SegmenterName, () => Segmenter>> = {
  small: () => segmenter(convNet({ channels: [8, 16] }), fcnDecoder({ in: 16, dim: 16 }), { classes: CLASSES }),
  "psp-resnet-18": () => {
    const encoder = resNet({ depth: 18, width: 8, outputStride: 8 });
    return segmenter(encoder, pspDecoder({ in: encoder.dim, dim: 16 }), { classes: CLASSES });
  },
};
