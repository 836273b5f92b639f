export { readSafetensors, saveSafetensors } from "./safetensors.js";
export { writeFileAtomic } from "./write-file-atomic.js";
