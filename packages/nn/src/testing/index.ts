export { assertClose } from "./close.js";
export { assertGradient, type GradientCheckOptions } from "./gradient.js";
export { assertNoLeak } from "./leak.js";
export { randomTensor } from "./random-tensor.js";
export { moduleContract, type Check, type ModuleContractOptions } from "./module-contract.js";
export { assertParamGradient } from "./param-gradient.js";
export { perturbParams } from "./perturb-params.js";
export { sgdStep } from "./sgd-step.js";
