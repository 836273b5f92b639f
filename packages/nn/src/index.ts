export type { BatchSource } from "./batch-source.js";
export { inferenceContext, scope, trainingContext, type Context } from "./context.js";
export { stageOf, type ImageEncoder, type MapOptions, type Stage } from "./image-encoder.js";
export {
  countParams,
  freeze,
  joinModules,
  moduleOf,
  trainableParams,
  unfreeze,
  weightsOf,
  type Layer,
  type Module,
  type Weights,
} from "./module.js";
export { rng, subSeed, type Rng } from "./random.js";
export { stopGradient } from "./stop-gradient.js";
export { matchShapes, ShapeError, type Axes } from "./shapes.js";
