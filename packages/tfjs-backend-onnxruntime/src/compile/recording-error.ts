import { callSite } from "./call-site.js";

/**
 * Says why a function cannot be compiled, at which line of it, and what to do. Its stack leads to that line.
 */
export class RecordingError extends Error {
  override readonly name = "RecordingError";

  /** @param at - an error made where the function did what it must not; default: here */
  constructor(message: string, at: Error = new Error()) {
    super(`compile: ${message} (${callSite(at)})`);
    this.stack = `${this.name}: ${this.message}\n${(at.stack ?? "").split("\n").slice(1).join("\n")}`;
  }
}
