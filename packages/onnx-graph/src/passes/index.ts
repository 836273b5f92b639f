import { flatElements } from "./flat-elements.js";
import { gelu } from "./gelu.js";
import { halfErf } from "./half-erf.js";
import { knownExpand } from "./known-expand.js";
import { layerNormalization } from "./layer-normalization.js";
import type { Pass } from "./pass.js";
import { productSum } from "./product-sum.js";
import { scaledProduct } from "./scaled-product.js";
import { stepMask } from "./step-mask.js";

/** What makes a graph of many small nodes quicker on ONNX Runtime, in the order in which it is tried. */
export const passes: readonly Pass[] = [
  knownExpand,
  stepMask,
  halfErf,
  gelu,
  layerNormalization,
  productSum,
  scaledProduct,
  flatElements,
];
