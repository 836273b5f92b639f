export type { FusionContractOptions } from "./fixture.js";
export { fusionContract, type FusionCheckName } from "./fusion-contract.js";
