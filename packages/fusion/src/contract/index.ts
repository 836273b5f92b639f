export type { FusionContractOptions } from "./bench.js";
export { fusionContract, type FusionCheck, type FusionLaw } from "./fusion-contract.js";
