import type { Results } from "../results.js";
import { compact } from "./format.js";

/** Where, when and on what it was measured, in two lines. */
export function headline({ date, machine, seed, rows }: Results): string {
  const libraries = rows.flatMap(({ observations }) => observations.map(({ library }) => library));
  return headlineOf({ date, machine }, libraries, [`seed ${seed}`]);
}

/** @param libraries - each is named once @param settings - what else makes numbers differ */
export function headlineOf(
  { date, machine }: Pick<Results, "date" | "machine">,
  libraries: readonly string[],
  settings: readonly string[] = [],
): string {
  const { cpu, cores, memory, os, node, load, git } = machine;
  const hardware = `${cpu}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GB`;
  const where = [hardware, os, `Node ${node}`, ...new Set(libraries)];
  const when = [`load ${compact(load[0]!)}`, `commit ${git ?? "none"}`, ...settings, date.slice(0, 10)];
  return [where, when].map((part) => part.join(" · ")).join("\n");
}
