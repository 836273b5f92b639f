import type * as tf from "@tensorflow/tfjs-core";

/** The part of `tf.LayersModel` that is used here; any model of tfjs-layers has it. */
export interface LayersModelLike {
  readonly inputs: readonly SymbolicTensorLike[];
  readonly outputs: readonly SymbolicTensorLike[];
  readonly layers: readonly LayerLike[];
  readonly weights: readonly LayerVariableLike[];
  readonly trainableWeights: readonly LayerVariableLike[];
}

/** The part of `tf.SymbolicTensor` that is used here: a value of the graph, and how it is made. */
export interface SymbolicTensorLike {
  readonly id: number;
  readonly shape: ShapeLike;
  readonly sourceLayer: LayerLike;
  readonly inputs: readonly SymbolicTensorLike[];
  /** Which node of its layer it comes from: a layer has one for each use. */
  readonly nodeIndex?: number | undefined;
  readonly outputTensorIndex?: number | undefined;
}

/** The sides of a tensor; null where any number will do. */
export type ShapeLike = readonly (number | null)[];

/** The part of `tf.layers.Layer` that is used here. A model that is a layer of another is a `LayersModelLike` too. */
export interface LayerLike {
  readonly name: string;
  readonly weights: readonly LayerVariableLike[];
  call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[];
  computeOutputShape(inputShape: never): ShapeLike | readonly ShapeLike[];
}

/** The part of tfjs-layers' `LayerVariable` that is used here. */
export interface LayerVariableLike {
  /** The name in the file the model was read from. */
  readonly originalName: string;
  read(): tf.Tensor;
}

/** The variable behind a weight, which is what `read` hands out. */
export const variableOf = (weight: LayerVariableLike): tf.Variable => weight.read() as tf.Variable;

/** A layer of one's own may have `layers`, too; a graph of its own it has not. */
export const isModel = (layer: LayerLike): layer is LayerLike & LayersModelLike =>
  ["layers", "inputs", "outputs"].every((member) => member in layer);
