export { assertClose } from "./close.js";
export { assertGradient, type GradientOptions } from "./gradient.js";
export { assertNoLeak } from "./leak.js";
export { randomTensor } from "./random-tensor.js";
