import { convNet } from "@fovea/backbones";
import { lstmPhraseEncoder } from "@fovea/bimodal";
import { attentionFusion, concatFusion } from "@fovea/fusion";
import { joinModules } from "@fovea/nn";
import * as models from "@fovea/models";
import { fullImage, patchFeatures } from "@fovea/patch-sampling";
import { fcnDecoder, pspDecoder, segmenter } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import type { Subject } from "./equal.js";
import { ofPatches } from "./patches.js";
import { ofModule, type Makers } from "./subjects.js";

const size = { classes: 5, imageSize: [16, 16] as const, dim: 8, depth: 1, heads: 2, headDropout: 0.2 };
const views = { views: [2, 3, 16, 16, 3] };
const images = { x: [4, 16, 16, 3] };
const trunk = () => convNet({ channels: [4, 6] });
const padded = () => tf.tensor2d([[1, 1, 1], [1, 0, 1]], undefined, "int32"); // prettier-ignore
const words = () => tf.tensor3d([[[3, 4], [0, 0]], [[1, 2], [7, 8]], [[0, 0], [0, 0]], [[5, 0], [6, 0]]], undefined, "int32"); // prettier-ignore

/** Networks with ReLU and batch norms of few rows, which enlarge rounding in training. */
const loose = (subject: Subject): Subject => ({ ...subject, tolerance: 1e-4 });

const hybrid = (config: Partial<models.MvHfmdConfig>, mask: () => tf.Tensor2D | null) => () =>
  loose(
    ofModule(models.mvHfmd(trunk(), { ...size, slots: 3, ...config }), views, (m, { views }, ctx) => {
      const { single, fused, score } = m.forward({ views, mask: mask() }, ctx, ["single", "fused", "score"]);
      return tf.concat([tf.reshape(single, [-1, 5]), fused, score]);
    }),
  );

const patch = { classes: 5, patch: [16, 16], samples: 4 } as const;
const large = (make: () => models.LargeImageClassifier<never>) => async () =>
  loose(
    await ofPatches(
      make(),
      (m, image, ctx) => m.sample(image, ctx),
      (m, inputs, ctx) => {
        const { logits, negativeEntropy } = m.forward(inputs, ctx);
        return tf.add(logits, negativeEntropy);
      },
    ),
  );

const text = { missingText: "zeros", finalDim: 6, stages: 2, dropout: 0.2 } as const;
const pma = (config: Partial<models.BimodalPmaConfig>, given: () => tf.Tensor3D | null) => () => {
  const phrases = lstmPhraseEncoder({ size: 10, embedding: 4, hidden: 5, dropout: 0.2 });
  const model = models.bimodalPma(trunk(), phrases, { classes: 5, ...text, ...config });
  return loose(ofModule(model, images, (m, { x }, ctx) => m.forward(x, given(), ctx)));
};

/** Classes 0, 1 and 2, and pixels that nobody labelled. */
const labelMap = () => tf.tensor3d(Int32Array.from({ length: 4 * 17 * 17 }, (_, i) => (i % 17 === 16 ? 255 : Math.floor(i / 40) % 3)), [4, 17, 17], "int32"); // prettier-ignore

/** The loss and every term. The teacher is among the params, so that its gradients, which are 0, are compared, too. */
const distillation =
  (config: models.DistillationConfig, channels = [4, 6]) =>
  () => {
    const student = segmenter(trunk(), fcnDecoder({ in: 6, dim: 5 }), { classes: 3, auxiliary: "stage1" });
    const teacher = segmenter(convNet({ channels, seed: 3 }), pspDecoder({ in: 6, dim: 7, bins: [1, 2] }), {
      classes: 3,
    });
    const apd = models.adaptivePerspectiveDistillation(teacher, student, config);
    const owned = {
      ...joinModules({ "": apd, teacher }),
      dispose: () => [apd, student, teacher].forEach((m) => m.dispose()),
    };
    return loose(
      ofModule(owned, { x: [4, 17, 17, 3] }, (_, { x }, ctx) => {
        const { total, terms } = apd.loss(x, labelMap(), ctx);
        return tf.stack([total, ...Object.values(terms)]);
      }),
    );
  };
const rivals = { channel: 3, pairwise: 1, intraClass: 10 };

export const modelMakers: Makers = {
  attentionSamplingClassifier: large(() => models.attentionSamplingClassifier({ ...patch, scale: 1 / 4 }) as never),
  adaptivePerspectiveDistillation: distillation({}),
  "adaptivePerspectiveDistillation as the authors' code": distillation({ scope: "batch" }),
  "adaptivePerspectiveDistillation of labelled pixels": distillation({ reduction: "pixel", absent: "mask", ignoreInKL: true }), // prettier-ignore
  "adaptivePerspectiveDistillation and its rivals": distillation({ weights: rivals }),
  "adaptivePerspectiveDistillation of resized maps": distillation(
    { weights: rivals, teacherMaps: "resize" },
    [4, 5, 6],
  ),
  "adaptivePerspectiveDistillation of pixels alone": distillation({ weights: { adaptive: 0, alignment: 0 } }),
  bimodalPma: pma({}, words),
  "bimodalPma with text dropout": pma({ textDropout: 0.5, missingText: "learned" }, words),
  "bimodalPma without text": pma({}, () => null),
  fineGrainedClassifier: () =>
    loose(ofModule(models.fineGrainedClassifier(trunk(), { classes: 5 }), images, (m, { x }, ctx) => {
      const { maps, logits } = m.outputs(x, ctx);
      return tf.concat([tf.mean(maps, [1, 2]), logits], 1);
    })), // prettier-ignore
  fullImageClassifier: large(() => models.fullImageClassifier({ classes: 5, scale: 1 / 4 }) as never),
  largeImageClassifier: large(
    () =>
      models.largeImageClassifier(fullImage({ features: patchFeatures({ channels: [4], dim: 5 }) }), {
        classes: 5,
        dim: 5,
      }) as never,
  ),
  "multiViewClassifier early": () =>
    loose(ofModule(models.multiViewClassifier(trunk(), size, { fused: concatFusion({ at: "image", slots: 3, channels: 3 }) }), views, (m, { views }, ctx) => m.forward({ views }, ctx, ["fused"]).fused)), // prettier-ignore
  "multiViewClassifier late": () =>
    loose(ofModule(models.multiViewClassifier(trunk(), size, { fused: attentionFusion({ dim: 8 }) }), views, (m, { views }, ctx) => m.forward({ views, mask: padded() }, ctx, ["fused"]).fused)), // prettier-ignore
  mvHfmd: hybrid({ dropPath: 0.2 }, () => null),
  "mvHfmd of padded views": hybrid({}, padded),
  "mvHfmd of own encoders": hybrid({ shareEncoder: false }, () => null),
  predict: () =>
    ofModule(models.mvHfmd(trunk(), { ...size, slots: 3 }), views, (m, { views }) => models.predict(m, { views })),
  zoomInClassifier: large(
    () => models.zoomInClassifier({ ...patch, tile: [30, 30], firstScale: 1 / 6, secondScale: 1 / 3 }) as never,
  ),
  visionPma: () =>
    loose(ofModule(models.visionPma(trunk(), { classes: 5, finalDim: 6, stages: 2, dropout: 0.2 }), images, (m, { x }, ctx) => m.forward(x, null, ctx))), // prettier-ignore
};

/** What reads numbers. */
export const modelsAside = ["explainPma"];
