import { CheckpointError } from "./checkpoint.js";

/** @throws CheckpointError that lists the differences, if there are any, and then says the `advice` */
export function requireNone(path: string, differences: readonly string[], advice = ""): void {
  if (differences.length > 0)
    throw new CheckpointError(`loadCheckpoint: ${path} is of another run: ${differences.join("; ")}.${advice}`);
}

/** A value as it comes back from a file. */
export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;
