import type { History } from "../../history.js";
import type { Callback } from "../../callbacks/callback.js";
import { historyLog, type Text } from "./history-log.js";
import { shortFloat } from "./short.js";

/**
 * Keeps the history as a file of JSON lines: `{"step":0,"loss":…}` for each step, and
 * `{"epoch":0,"steps":…,"metrics":{…}}` after each epoch's last. A number that is not finite is null.
 */
export const jsonlLog = (path: string): Callback => historyLog(path, linesOf);

function linesOf({ steps, epochs }: History): Text {
  const columns = Object.entries(steps);
  const length = (columns[0]?.[1].length ?? 0) + epochs.length;
  const at = (i: number): string => {
    const before = epochs.findLastIndex((record, e) => record.steps + e <= i); // epochs whose line is at most line i
    const record = epochs[before];
    if (record && record.steps + before === i) return JSON.stringify(record);
    const step = i - before - 1;
    return JSON.stringify({
      step,
      ...Object.fromEntries(columns.map(([name, column]) => [name, shortFloat(column[step]!)])),
    });
  };
  return { head: "", lines: { length, at } };
}
