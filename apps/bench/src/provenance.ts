import { commit, machine, type Machine as HostMachine } from "@fovea/experiment/console";
import { root } from "./paths.js";

/** When, where and with which code something ran. */
export interface Provenance {
  readonly date: string;
  readonly machine: Machine;
}

/** The machine that something ran on, and the commit, null outside a repository. */
export type Machine = HostMachine & { readonly git: string | null };

/** The present moment, and this machine. */
export const provenance = (): Provenance => ({
  date: new Date().toISOString(),
  machine: { ...machine(), git: commit(root) },
});

/** One sentence if something else keeps the machine busy. */
export function loadWarning({ load, cores }: Machine): string | null {
  const busy = load[0]!;
  return busy > cores / 2
    ? `load average ${busy.toFixed(1)} on ${cores} cores before the first step: times say little, ratios somewhat more.`
    : null;
}
