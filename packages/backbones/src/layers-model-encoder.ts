import { mergeWeights, moduleOf, type ImageEncoder, type Module } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { encoderOf, type StagePlan } from "./encoder-of.js";
import { evaluate, openGraph, segment, type Segment } from "./layers-graph.js";
import { mapOf, type MapName } from "./layers-map.js";
import { variableOf, type LayersModelLike, type LayerVariableLike } from "./layers-model.js";
import { keysOf } from "./layers-paths.js";
import { strideOf } from "./layers-stride.js";

/** A place to cut a model. */
export interface LayersModelStage extends MapName {
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
 * @throws RangeError if the model has several inputs; if a layer is not there, is used more than once, has several
 * outputs, gives no map, or is not cut off by the stage before it; if its stride is neither given nor to be computed;
 * or if two weights have one name in one model
 */
export function layersModelEncoder(model: LayersModelLike, { stages }: LayersModelEncoderOptions): ImageEncoder {
  if (stages.length === 0) throw new RangeError(`${who}: \`stages\` must name at least one layer, got [].`);
  requireImages(model);
  const plans = plansOf(model, stages);
  const encoder = encoderOf({ name: who, inChannels: model.inputs[0]!.shape[3]!, stages: plans });
  const weights = [...new Set(model.weights)];
  const moving = new Set(model.trainableWeights); // a layer that was made frozen says so, its variables do not
  for (const weight of weights) if (!moving.has(weight)) variableOf(weight).trainable = false;
  return { ...encoder, dispose: () => tf.dispose(weights.map(variableOf)) };
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

/** Each stage goes on from the map of the one before it. */
function plansOf(model: LayersModelLike, stages: readonly LayersModelStage[]): StagePlan[] {
  const { images, values } = openGraph(model);
  const keys = keysOf(model);
  let last = { path: images.node.layer.name, value: images };
  return stages.map((stage) => {
    const [{ path: before, value: from }, { path, value: map }] = [last, mapOf(who, values, stage)];
    const part = segment(map, from);
    if (part.length === 0 || part.some(({ node }) => node.inputs.length === 0))
      throw new RangeError(`${who}: \`${path}\` must come after \`${before}\` on every way from the images.`);
    last = { path, value: map };
    return {
      name: stage.name,
      channels: map.shape[3]!,
      stride: stage.stride ?? strideOf(who, path, images, map),
      build: () => ({
        ...weightsOfSegment(part, keys),
        // a clone, since a layer may hand back what it got
        forward: (x, ctx) => tf.tidy(() => tf.clone(evaluate(part, from, x, ctx.training))),
      }),
    };
  });
}

/**
 * Batch norm's statistics are told by their names: a frozen layer's weights and its statistics look alike otherwise.
 */
function weightsOfSegment(part: Segment, keys: ReadonlyMap<LayerVariableLike, string>): Module {
  const parts = [...new Set(part.flatMap(({ node }) => node.layer.weights))].map((weight) => {
    const kind = /(^|\/)moving_\w+$/.test(weight.originalName) ? "buffers" : "params";
    return { [kind]: { [keys.get(weight)!]: variableOf(weight) } };
  });
  const { params, buffers } = mergeWeights(who, parts);
  return moduleOf(params, buffers);
}
