export { csvLog, type CsvLogOptions } from "./callbacks/csv-log.js";
export { jsonlLog } from "./callbacks/jsonl-log.js";
export { progressBar, type ProgressBarOptions } from "./callbacks/progress-bar.js";
export { tensorboard } from "./callbacks/tensorboard.js";
export { bestCheckpoint, lastCheckpoint } from "./checkpoint/checkpoint-files.js";
export { checkpointFolder, type CheckpointFolderOptions } from "./checkpoint/checkpoint-folder.js";
export { loadCheckpoint, type LoadCheckpointOptions } from "./checkpoint/load-checkpoint.js";
export { saveCheckpoint } from "./checkpoint/save-checkpoint.js";
export { withInterrupt } from "./interrupt.js";
