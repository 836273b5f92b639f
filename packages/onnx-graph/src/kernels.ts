/**
 * What tfjs's kernels do to shapes and places, without any graph: for other implementations of the same kernels, which
 * then agree with the lowerings.
 */
export { sizeOf } from "./graph/types.js";
export { averageFactors } from "./lowerings/average-factors.js";
export { decodeEinsum } from "./lowerings/einsum.js";
export { fillValue } from "./lowerings/fill.js";
export { tensor } from "./lowerings/gather.js";
export { concatenation, packing, partsOf, splitting, unpacking, type Part } from "./lowerings/joins.js";
export { paddedSpans } from "./lowerings/pads.js";
export { mergeReps } from "./lowerings/rearrange.js";
export { linearPlaces, nearestPlaces, type Centers, type Places, type PlacesOf } from "./lowerings/resize-places.js";
export { scatterInfo } from "./lowerings/scatter.js";
export { slicedSpans, sliceParams, stridedInfo } from "./lowerings/slices.js";
export { mergeSpans, type Span } from "./lowerings/spans.js";
