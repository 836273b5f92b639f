import * as tf from "@tensorflow/tfjs-core";
import { moduleOf, type ImageEncoder, type Layer, type Weights } from "@fovea/nn";
import { encoderOf } from "./encoder-of.js";
import {
  evaluate,
  segment,
  variableOf,
  type LayersModelLike,
  type LayerVariableLike,
  type Segment,
  type SymbolicTensorLike,
} from "./layers-model.js";

/** A place to cut a model. */
export interface LayersModelStage {
  readonly name: string;
  /** Name of the layer whose output is this stage's map. Default: `name`. */
  readonly layer?: string | undefined;
  /** Input pixels per cell. Default: what the shapes declared by the model say. */
  readonly stride?: number | undefined;
}

export interface LayersModelEncoderOptions {
  /** In order of depth; all ways from the images to a stage must lead through the one before it. */
  readonly stages: readonly LayersModelStage[];
}

/**
 * Any `tf.LayersModel` as an encoder, cut at named layers; what lies deeper than the last stage is left out.
 *
 * It shares the model's variables, under their names in the model's file (`Conv1/kernel`). Those named `moving_…` are
 * buffers, the rest are params; what was not trainable in the model is frozen here, until `unfreeze`. Disposing the encoder
 * frees all of the model's weights: the model is taken over.
 *
 * Dropout inside the model draws its own random numbers, so a training pass through one does not repeat.
 *
 * @param model - with one input, [batch, height, width, channels]
 * @throws RangeError if the model has several inputs, a layer is not there, gives no map, or is not cut off by the stage
 * before it, or if its stride is neither given nor declared
 */
export function layersModelEncoder(model: LayersModelLike, { stages }: LayersModelEncoderOptions): ImageEncoder {
  if (stages.length === 0) throw new RangeError("layersModelEncoder: `stages` must name at least one layer, got [].");
  const [images, ...more] = model.inputs;
  if (!images || more.length > 0)
    throw new RangeError(`layersModelEncoder: expected a model with one input, got ${model.inputs.length}.`);
  const graph = segment(model.outputs);
  const all = model.weights.map(variableOf);
  let before = images;
  const plans = stages.map(({ name, layer = name, stride }) => {
    const from = before;
    const map = mapOf(graph, layer);
    const values = segment([map], from);
    if (values.length === 0 || values.some((value) => value.inputs.length === 0))
      throw new RangeError(
        `layersModelEncoder: \`${layer}\` must come after \`${from.sourceLayer.name}\` on every way from the images.`,
      );
    before = map;
    return {
      name,
      channels: map.shape[3]!,
      stride: stride ?? strideOf(images, map),
      build: (): Layer => ({
        ...weightsOfSegment(values),
        forward: (x, ctx) => tf.tidy(() => evaluate(values, from, x, ctx.training)),
      }),
    };
  });
  const encoder = encoderOf({ name: "layersModelEncoder", inChannels: images.shape[3]!, stages: plans });
  return { ...encoder, dispose: () => tf.dispose(all) };
}

/** The output of the layer of that name. */
function mapOf(graph: Segment, layer: string): SymbolicTensorLike {
  const value = graph.find(({ sourceLayer }) => sourceLayer.name === layer);
  if (!value) throw new RangeError(`layersModelEncoder: the model's output does not depend on a layer \`${layer}\`.`);
  if (value.shape.length !== 4 || value.shape[3] == null)
    throw new RangeError(
      `layersModelEncoder: \`${layer}\` must give maps [batch, height, width, channels], got [${value.shape.join(", ")}].`,
    );
  return value;
}

function strideOf(images: SymbolicTensorLike, map: SymbolicTensorLike): number {
  const [image, cells] = [images.shape[1], map.shape[1]];
  if (image == null || cells == null)
    throw new RangeError(
      `layersModelEncoder: give the \`stride\` of \`${map.sourceLayer.name}\`; the model declares no height to compute it from.`,
    );
  return Math.round(image / cells);
}

/** Batch norm's statistics are told by their names: a frozen layer's weights and its statistics look alike otherwise. */
function weightsOfSegment(values: Segment) {
  const weights = values.flatMap(({ sourceLayer }) => sourceLayer.weights);
  const isBuffer = ({ originalName }: LayerVariableLike) => /(^|\/)moving_\w+$/.test(originalName);
  return moduleOf(named(weights.filter((weight) => !isBuffer(weight))), named(weights.filter(isBuffer)));
}

const named = (weights: readonly LayerVariableLike[]): Weights =>
  Object.fromEntries(weights.map((weight) => [weight.originalName, variableOf(weight)]));
