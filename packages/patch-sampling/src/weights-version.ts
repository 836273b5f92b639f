import { weightsOf, type Module } from "@fovea/nn";

/** The weights of a network at one moment: the identities of their values, not the values. */
export type WeightsVersion = readonly object[];

/**
 * The present version of a network's weights. A variable that is assigned to gets new values with a new identity, so
 * that comparing versions reads nothing back from the engine.
 */
export const versionOf = (network: Pick<Module, "params" | "buffers">): WeightsVersion =>
  Object.values(weightsOf(network)).map(({ dataId }) => dataId);

/** Whether a network still has the weights of a version. */
export const isCurrent = (version: WeightsVersion, network: Pick<Module, "params" | "buffers">): boolean => {
  const now = versionOf(network);
  return now.length === version.length && now.every((id, i) => id === version[i]);
};
