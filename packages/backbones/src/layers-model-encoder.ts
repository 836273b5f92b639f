import { mergeWeights, moduleOf, type ImageEncoder, type Layer, type Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { encoderOf, type StagePlan } from "./encoder-of.js";
import { evaluate, openGraph, segment, shapeAfter, type Named, type Segment, type Value } from "./layers-graph.js";
import { keysOf } from "./layers-keys.js";
import { variableOf, type LayersModelLike, type LayerVariableLike, type SymbolicTensorLike } from "./layers-model.js";

/** A place to cut a model. */
export interface LayersModelStage {
  readonly name: string;
  /**
   * Name of the layer whose output is this stage's map; of one in a model that is a layer itself, `model/layer`.
   * Default: `name`.
   */
  readonly layer?: string | undefined;
  /**
   * The map itself, instead of `layer`: for a layer that is used more than once, such as
   * `model.getLayer("relu").getOutputAt(1)`.
   */
  readonly output?: SymbolicTensorLike | undefined;
  /** Input pixels per cell. Default: what the layers' own shapes say, whatever their padding. */
  readonly stride?: number | undefined;
}

export interface LayersModelEncoderOptions {
  /** In order of depth; all ways from the images to a stage must lead through the one before it. */
  readonly stages: readonly LayersModelStage[];
}

const who = "layersModelEncoder";

/**
 * Any `tf.LayersModel` as an encoder, cut at named layers; what lies deeper than the last stage is left out.
 *
 * It shares the model's variables, under their names in the model's file (`Conv1/kernel`), or, where models that are
 * its layers have weights of one name, with the name of the inner model in front (`left/conv/kernel`). Those named
 * `moving_…` are buffers, the rest are params; what was not trainable in the model is frozen here, until `unfreeze`.
 * Disposing the encoder frees all of the model's weights: the model is taken over.
 *
 * Dropout inside the model draws its own random numbers, so a training pass through one does not repeat.
 *
 * @param model - with one input, [batch, height, width, channels]
 * @throws RangeError if the model has several inputs, a layer is not there, has several outputs, gives no map, or is
 * not cut off by the stage before it, if its stride is neither given nor to be computed, or if two weights have one
 * name in one model
 */
export function layersModelEncoder(model: LayersModelLike, { stages }: LayersModelEncoderOptions): ImageEncoder {
  if (stages.length === 0) throw new RangeError(`${who}: \`stages\` must name at least one layer, got [].`);
  requireImages(model);
  const { images, values } = openGraph(model);
  const keys = keysOf(model);
  let [before, called] = [images, images.use.layer.name];
  const plans = stages.map((stage): StagePlan => {
    const { name, value: map } = mapOf(values, stage);
    const [from, part] = [before, segment(map, before)];
    if (part.length === 0 || part.some(({ use }) => use.inputs.length === 0))
      throw new RangeError(`${who}: \`${name}\` must come after \`${called}\` on every way from the images.`);
    [before, called] = [map, name];
    return {
      name: stage.name,
      channels: map.shape[3]!,
      stride: stage.stride ?? strideOf(name, images, map),
      build: (): Layer => ({
        ...weightsOfSegment(part, keys),
        // a clone, since a layer may hand back what it got
        forward: (x, ctx) => tf.tidy(() => tf.clone(evaluate(part, from, x, ctx.training))),
      }),
    };
  });
  const all = new Set(model.weights);
  const encoder = encoderOf({ name: who, inChannels: images.shape[3]!, stages: plans });
  const moving = new Set(model.trainableWeights); // a layer that was made frozen says so, its variables do not
  for (const weight of all) if (!moving.has(weight)) variableOf(weight).trainable = false;
  return { ...encoder, dispose: () => tf.dispose([...all].map(variableOf)) };
}

function requireImages({ inputs }: LayersModelLike): void {
  const [images, ...more] = inputs;
  if (!images || more.length > 0)
    throw new RangeError(`${who}: expected a model with one input, got ${inputs.length}.`);
  if (images.shape.length !== 4 || images.shape[3] == null)
    throw new RangeError(
      `${who}: expected a model of images [batch, height, width, channels], got [${images.shape.join(", ")}].`,
    );
}

/** The one value that a stage names. */
function mapOf(values: readonly Named[], { name, layer = name, output }: LayersModelStage): Named {
  const named = values.filter((value) => (output ? value.id === output.id : value.name === layer));
  const [map, ...more] = new Map(named.map((one) => [one.value, one])).values();
  if (!map)
    throw new RangeError(
      `${who}: the model's output does not depend on ${output ? "the `output` of" : "a layer"} \`${output ? name : layer}\`.`,
    );
  if (more.length > 0)
    throw new RangeError(
      `${who}: \`${map.name}\` has ${1 + more.length} outputs in this model, since it, or a model that it lies in, is used more than ` +
        `once; give the map itself as \`output\`, such as \`model.getLayer("${map.name.split("/")[0]}").getOutputAt(0)\`.`,
    );
  const { shape } = map.value;
  if (shape.length !== 4 || shape[3] == null)
    throw new RangeError(
      `${who}: \`${map.name}\` must give maps [batch, height, width, channels], got [${shape.join(", ")}].`,
    );
  return map;
}

/** A side so long that padding does not show, and that the usual strides divide. */
const FAR = 2 ** 20 * 3 ** 3 * 5 * 7;

/** Input pixels per cell, from the shapes that the layers say they make of two large images. */
function strideOf(name: string, images: Value, map: Value): number {
  const part = segment(map, images);
  const ask = (why: string) => new RangeError(`${who}: give the \`stride\` of \`${name}\`: ${why}.`);
  const cells = (side: number): readonly (number | null)[] => {
    try {
      return shapeAfter(part, images, [null, side, side, images.shape[3]!]);
    } catch (cause) {
      throw Object.assign(ask(`its layers take images of one size only (${(cause as Error).message})`), { cause });
    }
  };
  const [near, far] = [cells(FAR), cells(2 * FAR)];
  const [height, width] = [1, 2].map((axis) => FAR / (far[axis]! - near[axis]!)) as [number, number];
  if (!Number.isFinite(height + width)) throw ask("the size of its map does not grow with that of the images");
  const stride = Math.round(height);
  if (stride < 1 || [height, width].some((side) => Math.abs(side - stride) > 1e-3))
    throw ask(`a cell of its map stands for ${show(height)} × ${show(width)} pixels, not for a square of whole ones`);
  return stride;
}

const show = (side: number): number => Number(side.toPrecision(3));

/**
 * Batch norm's statistics are told by their names: a frozen layer's weights and its statistics look alike otherwise.
 */
function weightsOfSegment(values: Segment, keys: ReadonlyMap<LayerVariableLike, string>) {
  const weights = [...new Set(values.flatMap(({ use }) => use.layer.weights))];
  const isBuffer = ({ originalName }: LayerVariableLike) => /(^|\/)moving_\w+$/.test(originalName);
  const named = (some: readonly LayerVariableLike[]): Weights =>
    mergeWeights(
      who,
      some.map((weight) => ({ [keys.get(weight)!]: variableOf(weight) })),
    );
  return moduleOf(named(weights.filter((weight) => !isBuffer(weight))), named(weights.filter(isBuffer)));
}
