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
export { sizeOf, typeNumber, typeOf, type Data, type Type, type Value } from "./graph/types.js";
export { inBlocks } from "./lowerings/conv.js";
export { loweringOf, lowerings } from "./lowerings/index.js";
export { lowering, type Attrs, type Inputs, type Lowering } from "./lowerings/lowering.js";
