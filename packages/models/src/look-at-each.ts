/** How `lookAtEach` takes a picture that cannot be looked at. */
export interface LookAtEachOptions {
  /**
   * `throw`: nothing is looked at after it. `skip`: the others are, and it is among the `failures`. Default `throw`.
   */
  readonly onFailure?: "throw" | "skip";
  /** Once aborted, no further picture is begun, and its reason is thrown, whatever `onFailure` says. */
  readonly signal?: AbortSignal;
}

/** What came of a list of pictures. */
export interface LookedAtEach<Result> {
  /** Of the pictures that could be looked at, in their order. */
  readonly results: readonly Result[];
  /** Where these are in the list: picture `indices[k]` gave `results[k]`, and has the label that belongs to it. */
  readonly indices: readonly number[];
  /** Of the others. None with `throw`. */
  readonly failures: readonly LookFailure[];
}

/** A picture that could not be looked at. */
export interface LookFailure {
  readonly index: number;
  readonly error: Error;
}

/**
 * Looks at pictures one after another, since one of many may turn out to be damaged in the middle of a run:
 *
 *     to learn     lookAtEach(pictures, (picture, i) => model.look(picture, trainingContext(rng(seed).split(step, i))))
 *     to predict   lookAtEach(paths, async (path) => { open; predict; close }, { onFailure: "skip" })
 *
 * A mistake of the program (RangeError, TypeError, ReferenceError) is of no picture: it is thrown as it is, and never
 * skipped. A picture that passes on the TypeError of a failed `fetch` should make it an Error of its own; those of
 * `@fovea/data` do.
 *
 * @param pictures - whatever `look` takes; a string, or the `name` of an object, is what errors call it
 * @param look - is told the place in the list too; what it opens is for it to close, also where it fails
 * @throws Error for the first picture that fails, by its place and name, with the reason as `cause`; with `skip` if all
 *   of them do
 */
export async function lookAtEach<Item, Result>(
  pictures: readonly Item[],
  look: (picture: Item, index: number) => Promise<Result>,
  { onFailure = "throw", signal }: LookAtEachOptions = {},
): Promise<LookedAtEach<Result>> {
  if (onFailure !== "throw" && onFailure !== "skip")
    throw new RangeError(`lookAtEach: \`onFailure\` must be throw or skip, got ${String(onFailure)}.`);
  const results: Result[] = [];
  const indices: number[] = [];
  const failures: LookFailure[] = [];
  for (const [index, picture] of pictures.entries()) {
    signal?.throwIfAborted();
    try {
      results.push(await look(picture, index));
      indices.push(index);
    } catch (cause) {
      signal?.throwIfAborted();
      if (isMistake(cause)) throw cause;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (onFailure === "throw") throw new Error(`lookAtEach: ${spoken(picture, index, error)}`, { cause });
      failures.push({ index, error });
    }
  }
  const [first] = failures;
  if (first && results.length === 0) {
    const { index, error } = first;
    const none = `lookAtEach: none of ${pictures.length} pictures could be looked at`;
    throw new Error(`${none}; ${spoken(pictures[index], index, error)}`, { cause: error });
  }
  return { results, indices, failures };
}

const isMistake = (error: unknown): boolean =>
  [RangeError, TypeError, ReferenceError].some((kind) => error instanceof kind);

/** "picture 3 (slide.tif): bad sector"; most errors of files begin with the name themselves. */
function spoken(picture: unknown, index: number, { message }: Error): string {
  const name = nameOf(picture);
  return name === null || message.startsWith(`${name}: `)
    ? `picture ${index}: ${message}`
    : `picture ${index} (${name}): ${message}`;
}

function nameOf(picture: unknown): string | null {
  if (typeof picture === "string") return picture;
  const named = typeof picture === "object" && picture !== null && "name" in picture ? picture.name : null;
  return typeof named === "string" ? named : null;
}
