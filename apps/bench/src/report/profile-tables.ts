import type { Table } from "@fovea/experiment/console";
import type { KernelTime } from "../worker/kernel-times.js";
import type { OperatorTime } from "../worker/operator-times.js";

/** Where the time of a step goes. */
export interface ProfileTable {
  /** Milliseconds of a step. */
  readonly ms: number;
  /** Milliseconds of a step that the parts in the table took, and those that are not shown. */
  readonly inside: number;
  /** The name of the parts, in the plural. */
  readonly what: string;
  readonly table: Table;
}

/** @param ms - of a step  @param steps - that the times are of  @param top - kernels that are shown */
export function kernelsTable(
  times: ReadonlyMap<string, KernelTime>,
  { ms, steps, top }: { readonly ms: number; readonly steps: number; readonly top: number },
): ProfileTable {
  const rows = [...times].sort(([, a], [, b]) => b.ms - a.ms);
  const cells = rows.slice(0, top).map(([kernel, { ms: all, calls }]) => {
    const each = all / steps;
    return [kernel, (calls / steps).toFixed(0), each.toFixed(2), ((1000 * all) / calls).toFixed(0), share(each, ms)];
  });
  const inside = rows.reduce((sum, [, kernel]) => sum + kernel.ms, 0) / steps;
  return { ms, inside, what: "kernels", table: { head: ["kernel", "calls", "ms", "µs each", "%"], rows: cells } };
}

/** @param ms - of a step  @param top - operators that are shown  @param width - columns of the terminal */
export function operatorsTable(
  times: readonly OperatorTime[],
  { ms, top, width = process.stdout.columns ?? 100 }: { readonly ms: number; readonly top: number; width?: number },
): ProfileTable {
  const shown = times.slice(0, top);
  const words = Math.max("operator".length, ...shown.map(({ operator }) => operator.length));
  const room = Math.max(12, width - words - 24); // beside the name, and the numbers
  const cells = shown.map(({ operator, calls, ms: each, shapes }) => [
    ...[operator, clipped(shapes, room), calls.toFixed(0), each.toFixed(2), share(each, ms)],
  ]);
  const inside = times.reduce((sum, { ms }) => sum + ms, 0);
  const head = ["operator", "inputs that take most of it", "calls", "ms", "%"];
  return { ms, inside, what: "operators", table: { head, rows: cells, words: 2 } };
}

const share = (part: number, whole: number): string => ((100 * part) / whole).toFixed(0);

const clipped = (text: string, room: number): string => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
