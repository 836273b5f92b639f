import type { DistillationConfig } from "@fovea/models";
import type { Settings } from "./settings.js";

/** One way to train a network. */
export interface Training {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly baseline?: string;
  /** What the student learns of the teacher. Default: it learns from labels alone. */
  readonly lesson?: (settings: Settings) => DistillationConfig;
}

/** The network that the others learn from. */
export const TEACHER = "teacher";

/** The student that learns from labels alone. */
export const STUDENT = "student";

/** What the student of the paper's variant learns. */
const apd = ({ pixel, adaptive, alignment }: Settings) => ({ pixel, adaptive, alignment });

/** All that is compared. */
export const trainings: readonly Training[] = [
  {
    ...{ id: TEACHER, name: "teacher" },
    description:
      "PSPNet on a large encoder, trained on labels, once a seed; all students that are taught learn from it. " +
      "The encoder is an ImageNet MobileNetV2, dilated to stride 8, of which the last convolutions are tuned, or with " +
      "`--teacher resnet` a wide ResNet-18 from scratch. `--teacher FILE` is what an earlier run has trained.",
  },
  {
    ...{ id: STUDENT, name: "student alone" },
    description: "PSPNet on a narrow ResNet-18 at stride 8, from scratch, trained on labels, with an auxiliary head.",
  },
  {
    ...{ id: "kd", name: "student, KD", baseline: STUDENT },
    lesson: ({ pixel }) => ({ weights: { pixel, adaptive: 0, alignment: 0 } }),
    description: "The student also learns the teacher's probabilities at each pixel: the universal term of APD.",
  },
  {
    ...{ id: "cwd", name: "student, CWD", baseline: STUDENT },
    lesson: ({ channel }) => ({ weights: { pixel: 0, adaptive: 0, alignment: 0, channel } }),
    description: "Channel-wise distillation: the student also learns where the teacher finds each class.",
  },
  {
    ...{ id: "apd-unaligned", name: "student, APD without alignment", baseline: "kd" },
    lesson: (settings) => ({ weights: { ...apd(settings), alignment: 0 } }),
    description: "KD, and the same seen from the classes of the image: the adaptive term of APD.",
  },
  {
    ...{ id: "apd", name: "student, APD", baseline: STUDENT },
    lesson: (settings) => ({ weights: apd(settings) }),
    description: "Adaptive perspective distillation: that, and prototypes of classes that are to be the teacher's. Each image has its own.", // prettier-ignore
  },
  {
    ...{ id: "apd-batch", name: "student, APD of batches", baseline: "apd" },
    lesson: (settings) => ({ weights: apd(settings), scope: "batch" }),
    description: "APD as in the authors' code: all images of a batch share their prototypes.",
  },
];
