import { vocabulary } from "@fovea/bimodal";
import { inferenceContext } from "@fovea/nn";
import type { ExportInput, GoldenTensor } from "@fovea/tfjs-backend-onnxruntime";
import type * as tf from "@tensorflow/tfjs-core";
import { imageInputs, keras, type Asked, type NetworkExport, type PlanOf } from "../export/plan.js";
import type { Network } from "./network.js";
import type { NetworkSpec } from "./networks.js";
import type { Settings } from "./settings.js";
import type { SavedWords } from "./task.js";

/** Words of a phrase, at most: what `padPhrases` takes. */
const MAX_WORDS = 16;

/**
 * One file: from images, with the words of the phrases about them where the network reads text, to scores of classes.
 */
export const exportPlan: PlanOf<Settings, Network, { readonly network: NetworkSpec }> = async (trained, image) => {
  const { model, settings, saved, variant } = trained;
  const { network } = variant;
  const { size, maxPhrases } = settings;
  const seesImages = network.id !== "text";
  const reads = network.text !== "none";
  const asked: Record<string, Asked> = {};
  if (seesImages) asked["pixel_values"] = [await image(size, size)];
  if (reads) asked["words"] = someWords(maxPhrases, (saved as SavedWords).vocabulary.words.length + 2);
  const pixels = seesImages ? imageInputs(size) : [{}];
  const phrases = reads ? wordInputs(maxPhrases) : [{}];
  const exported: NetworkExport = {
    name: "model",
    module: model,
    inputs: pixels.flatMap((images) => phrases.map((words) => ({ ...images, ...words }))),
    asked,
    // a network is not given what it does not look at
    forward: ({ pixel_values, words }) => ({
      logits: model.forward(pixel_values as tf.Tensor4D, words as tf.Tensor3D, inferenceContext()),
    }),
  };
  return {
    networks: [exported],
    preprocessing: { height: size, width: size, ...keras },
    task: reads ? "other" : "image-classification",
    description: reads ? `${introduction(network)}\n\n${wordsText(maxPhrases)}` : introduction(network),
    ...(reads && { files: { "vocabulary.json": `${JSON.stringify(vocabulary((saved as SavedWords).vocabulary))}\n` } }),
    tags: reads ? ["image-and-text"] : [],
  };
};

const introduction = ({ description }: NetworkSpec): string => `A classifier of kinds of things. ${description}`;

const wordsText = (maxPhrases: number): string =>
  `\`words\`, int32 [batch, ${maxPhrases}, ${MAX_WORDS}], are the ids of the words of the noun phrases in the sentences about an image: the id of a word is its place in \`words\` of \`vocabulary.json\`, counted from 2; 1 is a word that is not there, and 0 fills up phrases and samples.`;

const wordInputs = (maxPhrases: number): Record<"words", ExportInput>[] => [
  { words: { shape: ["batch", maxPhrases, MAX_WORDS], dtype: "int32" } },
];

/** Three phrases of words from all over the vocabulary. */
function someWords(maxPhrases: number, size: number): GoldenTensor {
  const values = new Array<number>(maxPhrases * MAX_WORDS).fill(0);
  for (const [phrase, length] of [2, 1, 3].entries())
    for (let word = 0; word < length; word++)
      values[phrase * MAX_WORDS + word] = 2 + ((7 * phrase + 3 * word) % (size - 2));
  return { type: "int32", shape: [1, maxPhrases, MAX_WORDS], values };
}
