/** Something the user asked for that cannot be: one line, exit code 2. */
export class BadInput extends Error {
  override readonly name = "BadInput";
}
