import type { Results } from "../results.js";
import { compact } from "./format.js";

/** Two lines that say where, when and on which libraries results were measured. */
export function headline({ date, machine, seed, rows }: Results): string {
  const { cpu, cores, memory, os, node, load, git } = machine;
  const libraries = rows.flatMap(({ observations }) => observations.map(({ library }) => library));
  const hardware = `${cpu}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GB`;
  const where = [hardware, os, `Node ${node}`, ...new Set(libraries)];
  const when = [`load ${compact(load[0]!)}`, `commit ${git ?? "none"}`, `seed ${seed}`, date.slice(0, 10)];
  return [where, when].map((part) => part.join(" · ")).join("\n");
}
