import * as tf from "@tensorflow/tfjs-core";
import {
  matchShapes,
  mergeWeights,
  moduleOf,
  requireCounts,
  scope,
  type ImageEncoder,
  type Layer,
  type Stage,
} from "@fovea/nn";

/** One step of an encoder: from the map of the stage before it (or the images) to its own map. */
export interface StagePlan extends Stage {
  /** Allocates the layer. Called only if the stage is needed; its weights keep the keys they have here. */
  readonly build: () => Layer;
}

/** What an encoder is made of. */
export interface EncoderPlan {
  /** Who speaks in errors. */
  readonly name: string;
  readonly inChannels: number;
  /** In order of depth. */
  readonly stages: readonly StagePlan[];
  /** The last stage that is built. Default: the last one there is. */
  readonly until?: string | undefined;
}

/**
 * An encoder that runs its stages one after another, and only those that are asked for. Every map is tapped under its
 * stage's name.
 *
 * @throws RangeError if `until` is no stage, `inChannels` is below 1, or two stages or two weights have one name
 */
export function encoderOf({ name, inChannels, stages: plans, until }: EncoderPlan): ImageEncoder {
  requireCounts(name, { inChannels });
  requireNames(name, plans);
  const planned = until === undefined ? plans : plans.slice(0, 1 + depthOf(name, plans, until));
  const layers = planned.map((plan) => plan.build());
  const { params, buffers } = mergeWeights(name, layers);
  const stages = planned.map(({ name, channels, stride }) => ({ name, channels, stride })) as unknown as [
    Stage,
    ...Stage[],
  ];
  const last = stages.at(-1)!;

  const maps: ImageEncoder["maps"] = (x, ctx, { take = [last.name], from } = {}) => {
    const { start, wanted } = route(name, stages, take, from);
    const channels = start === 0 ? inChannels : stages[start - 1]!.channels;
    matchShapes(`${name}.maps`, { x: `batch height width ${channels}` }, { x });
    return tf.tidy(() => {
      const found: tf.Tensor4D[] = [];
      for (let i = start, map = x; i <= Math.max(...wanted); i++) {
        map = tf.tidy(() => layers[i]!.forward(map, scope(ctx, stages[i]!.name)) as tf.Tensor4D);
        ctx.tap?.(stages[i]!.name, map);
        found[i] = map;
      }
      return wanted.map((i) => found[i]!);
    });
  };

  return {
    ...moduleOf(params, buffers),
    stages,
    inChannels,
    dim: last.channels,
    maps,
    vector: (images, ctx) => tf.tidy(() => tf.mean(maps(images, ctx)[0]!, [1, 2])),
  };
}

function requireNames(who: string, stages: readonly Stage[]): void {
  const twice = stages.find((stage, i) => stages.findIndex(({ name }) => name === stage.name) < i);
  if (twice) throw new RangeError(`${who}: expected stages of different names, got two called \`${twice.name}\`.`);
}

/** Where a run starts and which stages it must return, as positions. @throws RangeError as `ImageEncoder.maps` */
export function route(who: string, stages: readonly Stage[], take: readonly string[], from: string | undefined) {
  const start = from === undefined ? 0 : 1 + depthOf(`${who}.maps`, stages, from);
  const wanted = take.map((name) => depthOf(`${who}.maps`, stages, name));
  const shallow = take.find((_, i) => wanted[i]! < start);
  if (shallow !== undefined)
    throw new RangeError(
      `${who}.maps: \`take\` must be deeper than \`from\`, but \`${shallow}\` is not deeper than \`${from}\`.`,
    );
  return { start, wanted };
}

function depthOf(who: string, stages: readonly Stage[], name: string): number {
  const depth = stages.findIndex((stage) => stage.name === name);
  if (depth < 0)
    throw new RangeError(`${who}: no stage \`${name}\`; there are ${stages.map((stage) => stage.name).join(", ")}.`);
  return depth;
}
