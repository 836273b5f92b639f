import { requireOneOf } from "@fovea/nn";

/** What `processImages` does when an image fails, and when it stops early. */
export interface ProcessImagesOptions {
  /**
   * `throw`: the first failure ends the run. `skip`: the others are still processed, and the failure is listed in
   * `failures`. Default `throw`.
   */
  readonly onFailure?: "throw" | "skip";
  /**
   * Once aborted, no further image is begun, and the signal's reason is thrown, whatever `onFailure` says. Default:
   * nothing ends the run early.
   */
  readonly signal?: AbortSignal;
}

/** The results of a list of images, of which some may have failed. */
export interface ProcessedImages<Result> {
  /** One result for each image that did not fail, in their order. */
  readonly results: readonly Result[];
  /** `results[k]` belongs to image `indices[k]` of the list, and to its label. */
  readonly indices: readonly number[];
  /** The images that failed. Empty with `throw`. */
  readonly failures: readonly ImageFailure[];
}

/** An image that could not be processed. */
export interface ImageFailure {
  /** The image's index in the list. */
  readonly index: number;
  /** Why it failed. */
  readonly error: Error;
}

/**
 * Processes images one after another, when one of many may turn out to be damaged in the middle of a run:
 *
 *     to train     processImages(images, (image, i) => model.sample(image, trainingContext(rng(seed).split(step, i))))
 *     to predict   processImages(paths, async (path) => { open; predict; close }, { onFailure: "skip" })
 *
 * RangeError, TypeError and ReferenceError are mistakes of the program, not failures of an image: they are thrown as
 * they are and never skipped. A source should turn the TypeError of a failed `fetch` into an Error of its own; those of
 * `@fovea/data` do.
 *
 * @param images - whatever `task` takes; errors call an image by its string, or by the `name` of an object
 * @param task - is also given the image's index; what it opens it must close, also when it fails
 * @throws Error for the first image that fails, by its index and name, with the reason as `cause`; with `skip` only if
 *   all images fail
 */
export async function processImages<Image, Result>(
  images: readonly Image[],
  task: (image: Image, index: number) => Promise<Result>,
  { onFailure = "throw", signal }: ProcessImagesOptions = {},
): Promise<ProcessedImages<Result>> {
  requireOneOf("processImages", { onFailure }, ["throw", "skip"]);
  const results: Result[] = [];
  const indices: number[] = [];
  const failures: ImageFailure[] = [];
  for (const [index, image] of images.entries()) {
    signal?.throwIfAborted();
    try {
      results.push(await task(image, index));
      indices.push(index);
    } catch (cause) {
      signal?.throwIfAborted();
      if (isMistake(cause)) throw cause;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (onFailure === "throw") throw new Error(`processImages: ${describe(image, index, error)}`, { cause });
      failures.push({ index, error });
    }
  }
  const [first] = failures;
  if (first && results.length === 0) {
    const { index, error } = first;
    const none = `processImages: all ${images.length} images failed`;
    throw new Error(`${none}; ${describe(images[index], index, error)}`, { cause: error });
  }
  return { results, indices, failures };
}

/** Whether an error is a mistake of the program, and not the failure of an image. */
export const isMistake = (error: unknown): boolean =>
  [RangeError, TypeError, ReferenceError].some((kind) => error instanceof kind);

/** "image 3 (slide.tif): bad sector". The name is left out where the message begins with it, as most of files do. */
function describe(image: unknown, index: number, { message }: Error): string {
  const name = nameOf(image);
  return name === null || message.startsWith(`${name}: `)
    ? `image ${index}: ${message}`
    : `image ${index} (${name}): ${message}`;
}

function nameOf(image: unknown): string | null {
  if (typeof image === "string") return image;
  const named = typeof image === "object" && image !== null && "name" in image ? image.name : null;
  return typeof named === "string" ? named : null;
}
