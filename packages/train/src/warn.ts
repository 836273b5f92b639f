/**
 * Warns: a warning of the process where there is one, which a program can listen to and `--no-warnings` silences; in a
 * page, a line on the console.
 */
export function warn(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?(message: string, type: string): void } };
  if (process?.emitWarning) process.emitWarning(message, "FoveaWarning");
  else console.warn(message);
}
