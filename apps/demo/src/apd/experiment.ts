import { experiment as experimentOf, withProgress, type Variant } from "@fovea/experiment";
import type { Segmenter } from "@fovea/segmentation";
import { prepare } from "./data.js";
import { confusionOf, evaluationOf } from "./evaluate.js";
import { examplesOf } from "./figures.js";
import { networkOf } from "./networks.js";
import { predict } from "./predict.js";
import { report } from "./report.js";
import { settings, type Settings } from "./settings.js";
import type { ApdData } from "./task.js";
import { labelsAlone, stagesOf } from "./training.js";
import { tunedJobs, tuneJobs } from "./tuning.js";
import { TEACHER, trainings, type Training } from "./variants.js";

type SegmenterVariant = Training & Variant<Settings, ApdData, Segmenter>;

const variantOf = (training: Training): SegmenterVariant => ({
  ...training,
  build: async (settings, data) =>
    training.id === TEACHER
      ? { ...(await data.teacher()).model, dispose: () => undefined } // all variants share it
      : networkOf(training.id, settings, data.classes.length),
  async *stages(model, settings, data) {
    if (training.id === TEACHER) {
      const { stage } = await data.teacher();
      if (stage) yield stage;
    } else if (training.lesson) {
      yield* stagesOf(model, settings, data, training.lesson(settings), (await data.teacher()).model);
    } else yield* stagesOf(model, settings, data, labelsAlone);
  },
});

/** Small networks for the class of every pixel, and what a large one teaches them. */
export const experiment = experimentOf({
  id: "apd",
  title: "APD: small networks for the class of every pixel, taught by a large one",
  description: "the class of every pixel: adaptive perspective distillation and its rivals",
  settings,
  resultsSettings: { images: 512, heldOut: 256, teacherEpochs: 16, epochs: 16 },
  metrics: {
    miou: { title: "mIoU", unit: "percent" },
    accuracy: { title: "pixel accuracy", unit: "percent" },
    iou: { title: "IoU", unit: "percent" },
  },
  selectBy: "miou",
  variants: trainings.map(variantOf),
  shown: [TEACHER, "student", "kd", "apd"],
  prepare,
  async evaluate(model, { test, classes }, { size }, _, { signal }) {
    const count = (onImage: () => void) => confusionOf(model, test, size, onImage);
    return evaluationOf(await withProgress("testing", test.items.length, count, { signal }), classes);
  },
  sweeps: (results, given) => [...tuneJobs(given), ...tunedJobs(results, given)],
  async explain(model, data, settings, { id }, { variants }) {
    const taught = trainings.some(({ id, lesson }) => variants.includes(id) && (lesson || id === TEACHER));
    const teacher = id !== TEACHER && taught ? (await data.teacher()).model : undefined;
    return examplesOf(model, data, settings, teacher);
  },
  report,
  predict,
});
