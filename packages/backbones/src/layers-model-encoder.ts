import { mergeWeights, moduleOf, type ImageEncoder, type Module } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { encoderOf, type StageSpec } from "./encoder-of.js";
import { evaluate, openGraph, subgraph, type Subgraph } from "./layers-graph.js";
import { findMap, type MapSelector } from "./layers-map.js";
import { variableOf, type LayersModelLike, type LayerVariableLike } from "./layers-model.js";
import { keysOf } from "./layers-paths.js";
import { strideOf } from "./layers-stride.js";

/** A stage of a `layersModelEncoder`: where to cut the model. */
export interface LayersModelStage extends MapSelector {
  /** Pixels of the image per cell of the map. Default: computed from the output shapes of the layers. */
  readonly stride?: number | undefined;
}

/** Options of `layersModelEncoder`. */
export interface LayersModelEncoderOptions {
  /** The stages in order of depth. Every path from the images to a stage must lead through the stage before it. */
  readonly stages: readonly LayersModelStage[];
}

const who = "layersModelEncoder";

/**
 * Makes an encoder of any `tf.LayersModel`, cut at named layers. Layers after the last stage are left out.
 *
 * The encoder shares the variables of the model. A weight has its name in the file of the model (`Conv1/kernel`) or, if
 * inner models have weights of the same name, the name of the inner model in front (`left/conv/kernel`). Weights named
 * `moving_…` are buffers, the others are params. Weights that were not trainable in the model are frozen, until
 * `unfreeze`. The encoder owns the model: disposing the encoder frees all weights of the model.
 *
 * Dropout inside the model draws its own random numbers, so a training pass does not repeat.
 *
 * @param model - with one input, [batch, height, width, channels]
 * @throws RangeError if the model has several inputs; if a layer is missing, is used more than once, has several
 * outputs, or its output is no feature map; if there is a path to a stage that does not lead through the stage before
 * it; if a stride is not given and cannot be computed; or if two weights have the same name in one model
 */
export function layersModelEncoder(model: LayersModelLike, { stages }: LayersModelEncoderOptions): ImageEncoder {
  if (stages.length === 0) throw new RangeError(`${who}: \`stages\` must name at least one layer, got [].`);
  requireImages(model);
  const specs = stageSpecsOf(model, stages);
  const encoder = encoderOf({ name: who, inChannels: model.inputs[0]!.shape[3]!, stages: specs });
  const weights = [...new Set(model.weights)];
  const trainable = new Set(model.trainableWeights); // the variables of a layer that was made frozen do not know it
  for (const weight of weights) if (!trainable.has(weight)) variableOf(weight).trainable = false;
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

/** The stages, each of which computes its map from the map of the stage before it. */
function stageSpecsOf(model: LayersModelLike, stages: readonly LayersModelStage[]): StageSpec[] {
  const { images, values } = openGraph(model);
  const keys = keysOf(model);
  let last = { path: images.node.layer.name, value: images };
  return stages.map((stage) => {
    const [{ path: before, value: from }, { path, value: map }] = [last, findMap(who, values, stage)];
    const part = subgraph(map, from);
    if (part.length === 0 || part.some(({ node }) => node.inputs.length === 0))
      throw new RangeError(`${who}: \`${path}\` must come after \`${before}\` on every path from the images.`);
    last = { path, value: map };
    return {
      name: stage.name,
      channels: map.shape[3]!,
      stride: stage.stride ?? strideOf(who, path, images, map),
      build: () => ({
        ...weightsOfSubgraph(part, keys),
        // a clone, since a layer may return its input
        forward: (x, ctx) => tf.tidy(() => tf.clone(evaluate(part, from, x, ctx.training))),
      }),
    };
  });
}

/** The params and buffers of a subgraph. Only its name shows that a weight is a running statistic of a batch norm. */
function weightsOfSubgraph(part: Subgraph, keys: ReadonlyMap<LayerVariableLike, string>): Module {
  const parts = [...new Set(part.flatMap(({ node }) => node.layer.weights))].map((weight) => {
    const kind = /(^|\/)moving_\w+$/.test(weight.originalName) ? "buffers" : "params";
    return { [kind]: { [keys.get(weight)!]: variableOf(weight) } };
  });
  const { params, buffers } = mergeWeights(who, parts);
  return moduleOf(params, buffers);
}
