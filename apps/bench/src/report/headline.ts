import type { Results } from "../results.js";
import { compact } from "./format.js";

/** Where, when and on what it was measured, in two lines. */
export function headline({ date, machine, seed, rows }: Results): string {
  const { cpu, cores, memory, os, node, load, git } = machine;
  const libraries = new Set(rows.flatMap(({ observations }) => observations.map(({ library }) => library)));
  const where = [`${cpu}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GB`, os, `Node ${node}`, ...libraries];
  const when = [`load ${compact(load[0]!)}`, `commit ${git ?? "none"}`, `seed ${seed}`, date.slice(0, 10)];
  return [where, when].map((part) => part.join(" · ")).join("\n");
}
