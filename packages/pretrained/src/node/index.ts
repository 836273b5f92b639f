export type { DownloadProgress } from "./download.js";
export { fromFile, type FromFileOptions } from "./from-file.js";
export { fromHub, type CachedHubOptions } from "./from-hub.js";
