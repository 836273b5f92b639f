import type { Exclusion } from "./exclusions.js";

/** A test that failed. */
export interface Failure {
  readonly run: string;
  readonly test: string;
  readonly message: string;
}

/**
 * What is wrong with the failures of the runs beside cpu's, one line each; nothing if every one is excused, and no
 * excuse is idle.
 */
export function complaints(
  failures: readonly Failure[],
  cpuFailures: readonly Failure[],
  exclusions: readonly Exclusion[],
): string[] {
  const excused = new Set(exclusions.map(({ test }) => test));
  const failing = new Set(failures.map(({ test }) => test));
  const failingOnCpu = new Set(cpuFailures.map(({ test }) => test));
  return [
    ...failures
      .filter(({ test }) => !excused.has(test))
      .map(({ run, test, message }) => `failed on ${run}: ${test}\n    ${message.split("\n")[0]}`),
    ...exclusions
      .filter(({ test }) => !failing.has(test))
      .map(({ test }) => `excluded for nothing, there is no such test or it passes: ${test}`),
    ...exclusions
      .filter(({ test, disprovedBy }) => failing.has(test) && !failingOnCpu.has(test) && !disprovedBy)
      .map(({ test }) => `excluded though cpu passes it: ${test}`),
  ];
}
