import * as tf from "@tensorflow/tfjs-core";
import type { EmojiTexts } from "@fovea/open-datasets";
import { encode, softmaxRegression, standardizer, type Features } from "./probes.js";

type Item = EmojiTexts["train"]["items"][number];

/** Shares of right answers, from the image alone, from the text alone, and from both side by side. */
export interface TextShares {
  readonly image: number;
  readonly text: number;
  readonly both: number;
}

/** What a word counts beside a feature of the image, of which there are many more: 3 to 6 do alike in validation. */
const WORD_WEIGHT = 5;

/**
 * What softmax regression finds in features of the images, in which words of training the captions have, and in both.
 */
export async function probeTexts(
  { classes, train, validation, test }: EmojiTexts,
  features: Features,
): Promise<Record<"validation" | "test", TextShares>> {
  const words = [...new Set((await Promise.all(train.items.map(wordsOf))).flat())];
  const learned = await encode(train.items, features);
  const standard = standardizer(learned);
  const inputsOf = async (items: readonly Item[], images: tf.Tensor2D) => {
    const [image, text] = [standard(images), await bagsOf(items, words)];
    return { image, text, both: tf.concat([image, tf.mul<tf.Tensor2D>(text, WORD_WEIGHT)], 1) };
  };
  const labels = train.items.map(({ label }) => label);
  const members = tf.oneHot(labels, classes.length, 1, 0, "float32") as tf.Tensor2D;
  const inputs = await inputsOf(train.items, learned);
  const [byImage, byText, byBoth] = [inputs.image, inputs.text, inputs.both].map((x) => softmaxRegression(x, members));
  const score = async (items: readonly Item[]): Promise<TextShares> => {
    const { image, text, both } = await inputsOf(items, await encode(items, features));
    const share = (scores: tf.Tensor2D) => {
      const answers = tf.argMax(scores, 1).dataSync();
      return items.filter(({ label }, i) => answers[i] === label).length / items.length;
    };
    return { image: share(byImage!(image)), text: share(byText!(text)), both: share(byBoth!(both)) };
  };
  return { validation: await score(validation.items), test: await score(test.items) };
}

const wordsOf = async (item: Item): Promise<string[]> =>
  (await item.captions()).flatMap((sentence) => sentence.toLowerCase().match(/[a-z]+/g) ?? []);

/** 1 for every word that the item's captions have, [items, words]. */
async function bagsOf(items: readonly Item[], words: readonly string[]): Promise<tf.Tensor2D> {
  const rows = await Promise.all(items.map(async (item) => new Set(await wordsOf(item))));
  return tf.tensor2d(rows.map((row) => words.map((word) => Number(row.has(word)))));
}
