import { lstmPhraseEncoder, type PhraseEncoder } from "@fovea/bimodal";
import { bimodalPma, fineGrainedClassifier, visionPma, type BimodalPmaConfig } from "@fovea/models";
import { joinModules, subSeed } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { tunedTrunk } from "../tuned-trunk.js";
import type { Network } from "./network.js";
import type { Settings } from "./settings.js";
import type { NetworkInputs } from "./task.js";
import { textClassifier } from "./text-classifier.js";

/** How a network is made and trained. */
export interface NetworkSpec {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly baseline?: string;
  /** Whether it is given text: it takes none, or every image needs some, or it does without if it must. */
  readonly text: "none" | "needed" | "optional";
  /** Whether it learns from the teacher's probabilities instead of labels. */
  readonly distilled?: boolean;
  build(settings: Settings, inputs: NetworkInputs): Promise<Network>;
}

type Variation = Pick<BimodalPmaConfig, "stages" | "visualMask" | "textMask" | "missingText">;

const cnn = async ({ seed }: Settings, { classes }: NetworkInputs): Promise<Network> => {
  const model = fineGrainedClassifier(await tunedTrunk(), { classes, seed: subSeed(seed, "cnn") });
  return { ...joinModules({ "": model }), forward: (x, _, ctx, start) => model.forward(x, ctx, start) };
};

const configOf = ({ finalDim, dropout, stages, seed }: Settings, { classes }: NetworkInputs) => ({
  ...{ classes, finalDim, dropout, stages },
  seed: subSeed(seed, "pma"),
});

const phraseEncoder = (
  { vectors: kind, wordDim, phraseDim, wordDropout, seed }: Settings,
  { words, vectors }: NetworkInputs,
): PhraseEncoder =>
  lstmPhraseEncoder(
    {
      ...{ size: words, embedding: vectors?.dim ?? wordDim, hidden: phraseDim, dropout: wordDropout },
      ...{ frozen: kind !== "none", seed: subSeed(seed, "phrases") },
    },
    vectors,
  );

const vision = async (settings: Settings, inputs: NetworkInputs): Promise<Network> =>
  visionPma(await tunedTrunk(), configOf(settings, inputs));

const bimodal =
  (variation: Variation = {}) =>
  async (settings: Settings, inputs: NetworkInputs): Promise<Network> => {
    const textDropout = variation.missingText === "learned" ? settings.textDropout : 0;
    const config = { ...configOf(settings, inputs), ...variation, textDropout };
    const model = bimodalPma(await tunedTrunk(), phraseEncoder(settings, inputs), config);
    // without the check that every sample has text: tests without text are made on purpose
    return { ...model, forward: (x, words, ctx, start) => tf.tidy(() => model.outputs(x, words, ctx, start).logits) };
  };

const textAlone = (settings: Settings, inputs: NetworkInputs): Promise<Network> =>
  Promise.resolve(textClassifier(phraseEncoder(settings, inputs), inputs.classes, subSeed(settings.seed, "text")));

/** The teacher of the distilled student. */
export const TEACHER = "pma";

/** All that is compared. */
export const networks: readonly NetworkSpec[] = [
  {
    ...{ id: "cnn", name: "image: CNN", text: "none", build: cnn },
    description:
      "An ImageNet MobileNetV2 up to 576 channels at stride 16, frozen up to block 10, the rest tuned; a linear layer on the mean of its map. Trained on labels: the student without its teacher.",
  },
  {
    ...{ id: "vision", name: "image: PMA", baseline: "cnn", text: "none", build: vision },
    description: "Progressive mask attention over blocks of the same network's map, without text.",
  },
  {
    ...{ id: "text", name: "text alone", text: "needed", build: textAlone },
    description: "The mean of the phrases, each encoded by an LSTM over its words; a linear layer. It sees no image.",
  },
  {
    ...{ id: TEACHER, name: "image and text: PMA", baseline: "cnn", text: "needed", build: bimodal() },
    description: "Bi-modal progressive mask attention over blocks of the map and phrases of the text, as in the paper.",
  },
  {
    ...{ id: "pma-1", name: "PMA, 1 stage", baseline: TEACHER, text: "needed", build: bimodal({ stages: 1 }) },
    description: "The same with one stage.",
  },
  {
    ...{ id: "pma-2", name: "PMA, 2 stages", baseline: TEACHER, text: "needed", build: bimodal({ stages: 2 }) },
    description: "The same with two stages.",
  },
  {
    ...{
      id: "pma-open",
      name: "PMA, no masks",
      baseline: TEACHER,
      text: "needed",
      build: bimodal({ visualMask: false, textMask: false }),
    },
    description: "The same without progressive masks: every stage sees all blocks and all phrases.",
  },
  {
    ...{ id: "pma-learned", name: "PMA, text may be missing", baseline: TEACHER, text: "optional", build: bimodal({ missingText: "learned" }) }, // prettier-ignore
    description: "The same, trained with the text of some samples left out, in whose place it learns a vector.",
  },
  {
    ...{ id: "student", name: "image: student", baseline: "cnn", text: "none", distilled: true, build: cnn },
    description: "The CNN, trained on the probabilities of a bi-modal teacher alone, without labels. It needs no text.",
  },
];
