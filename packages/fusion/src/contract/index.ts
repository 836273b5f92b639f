export { fusionContract, type FusionLawName } from "./fusion-contract.js";
export type { FusionContractOptions } from "./options.js";
