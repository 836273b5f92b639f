export { takeLock, type FileLock, type LockHolder } from "./file-lock.js";
export { pause } from "./pause.js";
export { readSafetensors, saveSafetensors, type ReadSafetensorsOptions } from "./safetensors.js";
export { waitForLock, type WaitForLockOptions } from "./wait-for-lock.js";
export { writeFileAtomic } from "./write-file-atomic.js";
