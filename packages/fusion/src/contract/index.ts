export type { FusionContractOptions } from "./bench.js";
export { fusionContract, type FusionLaw } from "./fusion-contract.js";
