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

/**
 * A stage of an encoder, and the layer that computes its map from the map of the stage before it (or from the images).
 */
export interface StageSpec extends Stage {
  /** Makes the layer, with all its variables. Called only if the stage is needed. The weights keep their names. */
  readonly build: () => Layer;
}

/** The stages of an encoder for `encoderOf`. */
export interface EncoderSpec {
  /** The name of the calling function, for error messages. */
  readonly name: string;
  /** Channels of the images. */
  readonly inChannels: number;
  /** All stages, in order of depth. */
  readonly stages: readonly StageSpec[];
  /** Name of the deepest stage to build. Default: the last stage. */
  readonly until?: string | undefined;
}

/**
 * Makes an encoder of stages that run one after another. Only the stages that are needed are run. Every map is tapped
 * under the name of its stage.
 *
 * @throws RangeError if `until` is no stage, `inChannels` is below 1, or two stages or two weights have the same name
 */
export function encoderOf({ name, inChannels, stages: specs, until }: EncoderSpec): ImageEncoder {
  requireCounts(name, { inChannels });
  requireUniqueNames(name, specs);
  const built = until === undefined ? specs : specs.slice(0, 1 + depthOf(name, specs, until));
  const layers = built.map(({ build }) => build());
  const { params, buffers } = mergeWeights(name, layers);
  const stages = built.map(({ name, channels, stride }) => ({ name, channels, stride })) as unknown as [
    Stage,
    ...Stage[],
  ];
  const last = stages.at(-1)!;

  const maps: ImageEncoder["maps"] = (x, ctx, { take = [last.name], from } = {}) => {
    const { start, wanted } = stagesToRun(name, stages, take, from);
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

function requireUniqueNames(who: string, stages: readonly Stage[]): void {
  const twice = stages.find((stage, i) => stages.findIndex(({ name }) => name === stage.name) < i);
  if (twice)
    throw new RangeError(`${who}: expected stages with different names, got two with the name \`${twice.name}\`.`);
}

/**
 * The index of the first stage that `maps` must run, and the indices of the stages whose maps are returned.
 *
 * @throws RangeError for an unknown stage, or one in `take` that is not deeper than `from`
 */
export function stagesToRun(who: string, stages: readonly Stage[], take: readonly string[], from: string | undefined) {
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
