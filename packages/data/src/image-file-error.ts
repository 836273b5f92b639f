/** An image that cannot be read. `reason` is the message without the image's name. */
export class ImageFileError extends Error {
  override readonly name = "ImageFileError";
  constructor(
    readonly id: string,
    readonly reason: string,
  ) {
    super(`${id}: ${reason}`);
  }
}

export const NO_SUCH_FILE = "there is no such file";

/** The message of an error, without the name of the image. */
export function reasonOf(error: unknown): string {
  if (error instanceof ImageFileError) return error.reason;
  const message = error instanceof Error ? error.message : String(error);
  return message.includes("ENOENT") ? NO_SUCH_FILE : message;
}
