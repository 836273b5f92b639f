export { readSafetensors, saveSafetensors, type ReadOptions } from "./safetensors.js";
export { writeFileAtomic } from "./write-file-atomic.js";
