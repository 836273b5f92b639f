import { weightsOf, type Module } from "@fovea/nn";

/** The weights of a network at one moment: a number for each variable, which stands for its values. */
export type WeightsVersion = readonly number[];

/**
 * The present version of a network's weights. A variable that is assigned to gets new values with a new identity, so
 * that comparing versions reads nothing back from the engine.
 */
export const versionOf = (network: Pick<Module, "params" | "buffers">): WeightsVersion =>
  Object.values(weightsOf(network)).map(({ dataId }) => numberOf(dataId));

const numbers = new WeakMap<object, number>();
let known = 0;

/** A number for an object, always the same one, and no other object has it: unlike an object, a tensor can hold it. */
function numberOf(object: object): number {
  if (!numbers.has(object)) numbers.set(object, known++);
  return numbers.get(object)!;
}
