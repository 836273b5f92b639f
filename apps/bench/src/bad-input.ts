/** The error of a command that cannot be carried out as it was typed: one line, exit code 2. */
export class BadInput extends Error {
  override readonly name = "BadInput";
}
