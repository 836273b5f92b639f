import { channels, pixels, type Teaching } from "./lessons.js";
import { TEACHER } from "./teacher.js";

/** One way to train a network. */
export interface Training {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly baseline?: string;
  /** What it learns of the teacher. Default: it learns from labels alone. */
  readonly teaching?: Teaching;
}

/** The student that learns from labels alone. */
export const STUDENT = "student";

/** All that is compared. */
export const trainings: readonly Training[] = [
  {
    ...{ id: TEACHER, name: "teacher" },
    description:
      "PSPNet on a wide ResNet-18, trained on labels, once a seed; all students that are taught learn from it.",
  },
  {
    ...{ id: STUDENT, name: "student alone" },
    description: "The same network with fewer channels, trained on labels.",
  },
  {
    ...{ id: "kd", name: "student, KD", baseline: STUDENT, teaching: pixels },
    description:
      "The student also learns the teacher's probabilities at each pixel, as the universal term of APD does.",
  },
  {
    ...{ id: "cwd", name: "student, CWD", baseline: STUDENT, teaching: channels },
    description: "Channel-wise distillation: the student also learns where the teacher finds each class.",
  },
];
