import { toTensor } from "@fovea/data";
import { attentionAddress, imageAddress, percent, type Figure } from "@fovea/experiment";
import { channelGroups } from "@fovea/losses";
import type { FineGrainedClassifier } from "@fovea/models";
import { inferenceContext, rng, type Pixels } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { NORMALIZATION } from "../splits.js";
import type { McLossData } from "./data.js";

/** What a network says of one image, and where the channels of two classes are active. */
export interface ChannelMaps {
  readonly predicted: string;
  readonly probability: number;
  readonly isRight: boolean;
  readonly classes: readonly ClassChannels[];
}

/** The channels of one class on one image. */
interface ClassChannels {
  readonly label: string;
  readonly probability: number;
  /** h of these channels on this image. */
  readonly diversity: number;
  /** The image under each channel, all of a network on one scale, as `data:` addresses. */
  readonly images: readonly string[];
}

/** A test image, and what one network makes of it. */
export interface Example {
  readonly label: string;
  readonly source: string;
  readonly image: string;
  readonly maps: ChannelMaps;
}

const EXAMPLES = 6;

/** A few test images, of as many classes, that the seed picks. */
export async function examplesOf(model: FineGrainedClassifier, data: McLossData, seed: number): Promise<Example[]> {
  const { items } = (await data.splits(false)).test.set;
  const labels = new Set<number>();
  const order = [...rng(seed).split("examples").permutation(items.length)];
  const first = order.filter((at) => !labels.has(items[at]!.label) && labels.add(items[at]!.label));
  const examples: Example[] = [];
  for (const at of first.slice(0, EXAMPLES).sort((a, b) => a - b)) {
    const item = items[at]!;
    const pixels = await item.load();
    const maps = await channelMaps(model, pixels, data.classes, item.label);
    const image = await imageAddress(pixels);
    examples.push({ label: data.classes[item.label]!, source: item.group ?? item.id, image, maps });
  }
  return examples;
}

/** The examples as figures: below each image the channels of every network. */
export const exampleFigures = (
  networks: readonly { readonly name: string; readonly examples: readonly Example[] }[],
): Figure[] =>
  // prettier-ignore
  (networks[0]?.examples ?? []).map(({ label, source, image }, i) => ({
    title: `${label} (${source})`,
    rows: [
      { images: [{ source: image, alt: label }] },
      ...networks.flatMap(({ name, examples }) => channelRows(name, examples[i]!.maps)),
    ],
  }));

/** A row for each class whose channels are shown. */
export const channelRows = (name: string, { predicted, probability, isRight, classes }: ChannelMaps): Figure["rows"] =>
  classes.map(({ label, probability: p, diversity, images }, i) => ({
    label:
      (i === 0 ? `**${name}** ${isRight ? "✓" : "✗"} ${predicted} ${percent(probability)} %. ` : "") +
      `Channels of ${label} (${percent(p)} %), h ${diversity.toFixed(2)}`,
    images: images.map((source, j) => ({ source, alt: `channel ${j + 1} of ${label}` })),
  }));

/**
 * What a network says of one image, and where the channels of the true class and of the likeliest other are active.
 *
 * @param truth - the true class; without one the two likeliest classes are shown
 */
export async function channelMaps(
  model: FineGrainedClassifier,
  pixels: Pixels,
  classes: readonly string[],
  truth?: number,
): Promise<ChannelMaps> {
  const { grid, channels, probabilities } = outputsOf(model, pixels);
  const ranked = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!);
  const top = ranked[0]!;
  const first = truth ?? top;
  const shown = channels.length < classes.length ? [] : [first, ranked.find((label) => label !== first)!];
  const own = shown.map((label) => ownChannels(channels, channelGroups(channels.length, classes.length), label));
  const brightest = Math.max(...own.flat().map((map) => Math.max(...map)), 1e-9);
  return {
    ...{ predicted: classes[top]!, probability: probabilities[top]!, isRight: top === first },
    classes: await Promise.all(
      shown.map(async (label, i): Promise<ClassChannels> => ({
        label: classes[label]!,
        probability: probabilities[label]!,
        diversity: diversityOf(own[i]!),
        images: await overlays(pixels, own[i]!, brightest, grid),
      })),
    ),
  };
}

type Maps = readonly (readonly number[])[];

const ownChannels = (channels: Maps, groups: readonly number[], label: number): Maps => {
  const first = groups.slice(0, label).reduce((sum, size) => sum + size, 0);
  return channels.slice(first, first + groups[label]!);
};

const overlays = (pixels: Pixels, maps: Maps, brightest: number, grid: readonly [number, number]): Promise<string[]> =>
  Promise.all(
    maps.map((map) => attentionAddress(pixels, map.map((value) => Math.max(0, value) / brightest), grid)), // prettier-ignore
  );

/** sum_k max_j softmax_k(map_j): h of one class on one image. */
export function diversityOf(maps: Maps): number {
  const spread = maps.map((map) => {
    const top = Math.max(...map);
    const exp = map.map((value) => Math.exp(value - top));
    const sum = exp.reduce((a, b) => a + b, 0);
    return exp.map((value) => value / sum);
  });
  return spread[0]!.reduce((sum, _, k) => sum + Math.max(...spread.map((map) => map[k]!)), 0);
}

/** The last map, channel by channel, and the class probabilities. */
const outputsOf = (model: FineGrainedClassifier, pixels: Pixels) =>
  tf.tidy(() => {
    const { maps, logits } = model.outputs(toTensor([pixels], NORMALIZATION), inferenceContext());
    const [, height, width, channels] = maps.shape;
    return {
      grid: [height, width] as const,
      channels: tf.transpose(tf.reshape(maps, [height * width, channels])).arraySync() as number[][],
      probabilities: [...tf.softmax(logits).dataSync()],
    };
  });
