export { takeLock, type FileLock, type LockHolder } from "./file-lock.js";
export { readSafetensors, saveSafetensors, type ReadSafetensorsOptions } from "./safetensors.js";
export { writeFileAtomic } from "./write-file-atomic.js";
