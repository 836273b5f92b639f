import { convNet } from "@fovea/backbones";
import { type Layer } from "@fovea/nn";
import * as segmentation from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import type { Subject } from "./equal.js";
import { ofModule, type Makers } from "./subjects.js";

/** In training, batch norms of few rows, such as those of one average an image, enlarge rounding. */
const loose = (subject: Subject): Subject => ({ ...subject, tolerance: 1e-3 });

const decoder = (make: () => Layer) => () =>
  loose(ofModule(make(), { map: [4, 5, 7, 6] }, (m, { map }, ctx) => m.forward(map, ctx)));

/** Everything that it computes, at the pixels of the images. */
const whole = (config: Partial<segmentation.SegmenterConfig>, side: number) => () => {
  const decoder = segmentation.pspDecoder({ in: 6, dim: 5, bins: [1, 2] });
  const model = segmentation.segmenter(convNet({ channels: [4, 6] }), decoder, { classes: 3, ...config });
  return loose(
    ofModule(model, { images: [4, side, side, 3] }, (m, { images }, ctx) => {
      const { features, logits, auxiliary = logits } = m.forward(images, ctx);
      const at = (map: tf.Tensor4D) => m.upsample(map, [side, side]);
      return tf.concat([at(features), at(logits), at(auxiliary)], 3);
    }),
  );
};

export const segmentationMakers: Makers = {
  asppDecoder: decoder(() => segmentation.asppDecoder({ in: 6, dim: 5, rates: [1, 2], dropout: 0.3 })),
  fcnDecoder: decoder(() => segmentation.fcnDecoder({ in: 6, dim: 5, dropout: 0.3 })),
  pspDecoder: decoder(() => segmentation.pspDecoder({ in: 6, dim: 5, bins: [1, 2, 3], dropout: 0.3 })),
  pixelLogits: () =>
    loose(
      ofModule(
        segmentation.segmenter(convNet({ channels: [4, 6] }), segmentation.fcnDecoder({ in: 6 }), { classes: 3 }),
        { images: [2, 13, 17, 3] },
        (m, { images }, ctx) => segmentation.pixelLogits(m, images, ctx),
      ),
    ),
  segmenter: whole({ auxiliary: "stage1" }, 13),
  "segmenter of padded images": whole({ padding: "zeros", align: "centers" }, 11),
};

/** What reads numbers. */
export const segmentationAside = [
  "classScores", "collectLabels", "confusionMatrix", "meanScore", "slidingWindow", "slidingWindowProbabilities",
]; // prettier-ignore
