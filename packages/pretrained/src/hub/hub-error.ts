/** A hub that could not be reached, or did not give what was asked for. */
export class HubError extends Error {
  override readonly name = "HubError";
  /** Whether trying again later may help: the network failed, or the hub was busy. */
  readonly temporary: boolean;

  constructor(message: string, { temporary = false, cause }: { temporary?: boolean; cause?: unknown } = {}) {
    super(`fromHub: ${message}`, { cause });
    this.temporary = temporary;
  }
}
