import * as tf from "@tensorflow/tfjs-core";
import type { ToTensor } from "./contracts.js";
import type { Draw } from "./draw.js";
import { groupsOf, sizeOf } from "./groups.js";
import type { SampledPatches } from "./patch-sampler.js";
import type { MapInputs, SamplerInputs } from "./sampler-inputs.js";

/** A patch that was drawn: its cell in each stage, and the product of the factors of these cells. */
export interface DrawnPatch {
  /** An index among the cells of all maps, for each stage. */
  readonly cells: readonly number[];
  readonly factor: number;
}

/** The patches of a draw, in its order. @param start - the index at which the cells of its map begin */
export const drawnPatches = ({ indices, factors }: Draw, start: number): DrawnPatch[] =>
  Array.from(indices, (cell, k) => ({ cells: [start + cell], factor: factors[k]! }));

/**
 * Makes tensors of the patches of a batch.
 *
 * @param drawn - each patch of each image, one after another
 * @param stages - the maps of each stage
 */
export function collatePatches(
  batch: readonly SampledPatches[],
  drawn: readonly DrawnPatch[],
  stages: readonly MapInputs[][],
  toTensor: ToTensor,
): SamplerInputs {
  const all = batch.flatMap(({ patches }, image) => patches.map((pixels) => ({ pixels, image })));
  const bySize = groupsOf([...all.keys()], (k) => sizeOf(all[k]!.pixels));
  const order = bySize.flat();
  const factors = new Float32Array(batch.length * order.length);
  order.forEach((k, column) => (factors[all[k]!.image * order.length + column] = drawn[k]!.factor));
  const cellsOf = (stage: number) => order.map((k) => drawn[k]!.cells[stage]!);
  return {
    patches: bySize.map((alike) => toTensor(alike.map((k) => all[k]!.pixels))),
    factors: tf.tensor2d(factors, [batch.length, order.length]),
    stages: stages.map((maps, stage) => ({ maps, cells: tf.tensor1d(cellsOf(stage), "int32") })),
  };
}
