/** A picture that cannot be read. `reason` is the message without the picture's name. */
export class ImageFileError extends Error {
  override readonly name = "ImageFileError";
  constructor(
    readonly id: string,
    readonly reason: string,
  ) {
    super(`${id}: ${reason}`);
  }
}
