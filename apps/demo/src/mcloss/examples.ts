import { toTensor, type ImageItem } from "@fovea/data";
import { channelGroups } from "@fovea/losses";
import type { FineGrainedClassifier } from "@fovea/models";
import { inferenceContext } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { NORMALIZATION } from "../features.js";
import { attentionUrl } from "../report/overlay.js";
import type { Side } from "./batches.js";
import type { ClassChannels, Look } from "./run.js";
import { FROZEN_STAGE, type Strategy } from "./strategies.js";

/**
 * What a network says of one picture, and where the channels of the true class and of the likeliest other look.
 *
 * @param index - of the picture in the side
 */
export async function look(
  { name, pretrained }: Strategy,
  model: FineGrainedClassifier,
  side: Side,
  index: number,
  classes: readonly string[],
): Promise<Look> {
  const item = side.set.items[index]!;
  const { grid, channels, probabilities } = await seen(model, side, index, pretrained);
  const ranked = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!);
  const shown = [item.label, ranked.find((label) => label !== item.label)!];
  const own = shown.map((label) => ownChannels(channels, channelGroups(channels.length, classes.length), label));
  const brightest = Math.max(...own.flat().map((map) => Math.max(...map)), 1e-9);
  const top = ranked[0]!;
  return {
    name,
    said: { label: classes[top]!, probability: probabilities[top]!, right: top === item.label },
    classes: await Promise.all(
      shown.map(async (label, i): Promise<ClassChannels> => ({
        label: classes[label]!,
        probability: probabilities[label]!,
        diversity: diversityOf(own[i]!),
        heats: await heats(item, own[i]!, brightest, grid),
      })),
    ),
  };
}

type Maps = readonly (readonly number[])[];

const ownChannels = (channels: Maps, groups: readonly number[], label: number): Maps => {
  const first = groups.slice(0, label).reduce((sum, size) => sum + size, 0);
  return channels.slice(first, first + groups[label]!);
};

async function heats(item: ImageItem, maps: Maps, brightest: number, grid: readonly [number, number]) {
  const pixels = await item.load();
  return Promise.all(
    maps.map((map) =>
      attentionUrl(
        pixels,
        map.map((value) => Math.max(0, value) / brightest),
        grid,
      ),
    ),
  );
}

/** sum_k max_j softmax_k(map_j): h of one class on one picture. */
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
async function seen(model: FineGrainedClassifier, { set, features }: Side, index: number, pretrained: boolean) {
  const x = features
    ? rowOf(features.values, features.shape, index)
    : toTensor([await set.items[index]!.load()], NORMALIZATION);
  try {
    return tf.tidy(() => {
      const outputs = model.outputs(x, inferenceContext(), pretrained ? { from: FROZEN_STAGE } : {});
      const [, height, width, channels] = outputs.maps.shape;
      const byChannel = tf.transpose(tf.reshape(outputs.maps, [height * width, channels]));
      return {
        grid: [height, width] as const,
        channels: byChannel.arraySync() as number[][],
        probabilities: [...tf.softmax(outputs.logits).dataSync()],
      };
    });
  } finally {
    x.dispose();
  }
}

function rowOf(values: Float32Array, shape: readonly number[], index: number): tf.Tensor4D {
  const [, height, width, channels] = shape as [number, number, number, number];
  const length = height * width * channels;
  return tf.tensor4d(values.slice(index * length, (index + 1) * length), [1, height, width, channels]);
}
