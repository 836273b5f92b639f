export type { Affine, BlockedMap, BlockedMaps, Term } from "./graph/blocked-map.js";
export { graphBuilder, type GraphBuilder, type GraphOptions } from "./graph/builder.js";
export type { Attribute, Graph, Node, NodeAttributes, Output, Target } from "./graph/graph.js";
export {
  encode,
  portableVersions,
  type ModelData,
  type ModelValue,
  type OnnxModel,
  type Sides,
} from "./graph/model.js";
export { print } from "./graph/print.js";
export type { Feed, Initializer } from "./graph/sources.js";
export { sizeOf, typeNumber, typeOf, zerosFor, type Data, type Type, type Value } from "./graph/types.js";
export { inBlocks } from "./lowerings/conv.js";
export { fixedValues, phasesOf, type Phases } from "./passes/fixed.js";
export { foldFactors } from "./passes/fold-factors.js";
export { loweringOf, lowerings } from "./lowerings/index.js";
export { assumeNumbers } from "./passes/assume-numbers.js";
export { foldConstants, type Folded } from "./passes/fold-constants.js";
export { needed, prune, type ModelGraph } from "./passes/model-graph.js";
export { openSides, type OpenGraph, type OpenSidesOptions } from "./passes/open-sides.js";
export { rename } from "./passes/rename.js";
export { sinkTransposes } from "./passes/sink-transposes.js";
export { withImageInput, type ImageInput } from "./passes/with-image-input.js";
export { lowering, type Attrs, type Inputs, type Lowering } from "./lowerings/lowering.js";
export { passes } from "./passes/index.js";
export type { Pass, Site } from "./passes/pass.js";
export { rebuild, type Rebuilt } from "./passes/rebuild.js";
