import Table from "cli-table3";
import type { StrategyRun } from "./run.js";

/** What every strategy came to, no wider than a terminal. */
export function qualityTable(strategies: readonly StrategyRun[]): string {
  const table = new Table({
    head: ["%", "valid.", "test", "top-5", "sisters", "h of ξ"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, best, test, channels } of strategies)
    table.push([
      name,
      percent(best.accuracy),
      percent(test.top1),
      percent(test.top5),
      percent(test.sisters),
      diversity(test.diversity, channels),
    ]);
  return table.toString();
}

/** A share in %, or a dash. */
export const percent = (share: number | null): string => (share === null ? "–" : (100 * share).toFixed(1));

/** Such as "1.82 of 3", or "4.30 of 28–29". */
export const diversity = (h: number | null, [least, most]: readonly [number, number]): string =>
  h === null ? "–" : `${h.toFixed(2)} of ${least === most ? most : `${least}–${most}`}`;
