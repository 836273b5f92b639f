import type * as tf from "@tensorflow/tfjs-core";

/** Thrown for a tensor that does not have the expected shape. */
export class ShapeError extends RangeError {
  override readonly name = "ShapeError";
}

type Word<S extends string> = S extends `${infer A} ${infer B}` ? A | Word<B> : S;
type AxisName<S extends string> = Exclude<Word<S>, "" | "..." | `${number}`>;

/** The sizes of the axes that a specification such as `{ a: "batch dim" }` names, by name. */
export type Axes<Spec extends Record<string, string>> = { readonly [Axis in AxisName<Spec[keyof Spec]>]: number };

type Shaped = Pick<tf.Tensor, "shape">;

/**
 * Checks the shapes of tensors and returns the sizes of their axes by name.
 *
 * A specification is a list of axes, separated by spaces. An axis with a name may have any size, but the same size
 * everywhere; an axis that is a number must have that size; `...` stands for any number of axes that are not checked.
 *
 * @param who - the calling function, for error messages
 * @param specs - the expected shape of each argument
 * @param tensors - the arguments, under the same names
 * @returns the size of every named axis
 * @throws ShapeError with the caller, the argument, its expected and its given shape, and where each size came from
 * @example matchShapes("infoNce", { a: "batch dim", b: "batch dim" }, { a, b }).batch
 */
export function matchShapes<const Spec extends Record<string, string>>(
  who: string,
  specs: Spec,
  tensors: { readonly [Arg in keyof Spec]: Shaped },
): Axes<Spec> {
  const bound = new Map<string, Binding>();
  for (const [arg, spec] of Object.entries(specs)) {
    const words = spec.split(" ").filter(Boolean);
    const shape = tensors[arg as keyof Spec].shape;
    if (!bindAxes(arg, words, shape, bound)) throw mismatch(who, arg, words, shape, bound);
  }
  return Object.fromEntries([...bound].map(([axis, { size }]) => [axis, size])) as Axes<Spec>;
}

interface Binding {
  readonly size: number;
  readonly from: string;
}

/** Binds as many axes as it can before it fails, so that the message can tell where each size came from. */
function bindAxes(arg: string, words: string[], shape: readonly number[], bound: Map<string, Binding>): boolean {
  const rest = words.indexOf("...");
  const skipped = rest < 0 ? 0 : shape.length - (words.length - 1);
  if (rest < 0 ? shape.length !== words.length : skipped < 0) return false;
  let fits = true;
  words.forEach((word, i) => {
    if (word === "...") return;
    const size = shape[rest >= 0 && i > rest ? i + skipped - 1 : i]!;
    if (/^\d+$/.test(word)) fits &&= size === Number(word);
    else if (bound.has(word)) fits &&= size === bound.get(word)!.size;
    else if (fits) bound.set(word, { size, from: arg });
  });
  return fits;
}

function mismatch(who: string, arg: string, words: string[], shape: readonly number[], bound: Map<string, Binding>) {
  const sources = words.flatMap((word) => {
    const binding = bound.get(word);
    return binding && binding.from !== arg ? [`${word}=${binding.size} from \`${binding.from}\``] : [];
  });
  const why = sources.length > 0 ? ` (${sources.join(", ")})` : "";
  return new ShapeError(`${who}: expected \`${arg}\` of shape [${words.join(", ")}]${why}, got [${shape.join(", ")}].`);
}
