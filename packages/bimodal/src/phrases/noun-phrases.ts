import { kindsOf, type Kind } from "./word-kinds.js";
import type { TaggedWord } from "./tagger.js";

/** Neighbouring words that may be a phrase: describing words and nouns, with nothing else between them. */
interface Piece {
  /** What stands before it. */
  readonly before: Kind;
  /** Index of the first word. */
  readonly start: number;
  /** Index after the last word. */
  end: number;
}

/**
 * The noun phrases of a tagged sentence, each as its words: a noun with what describes it and stands before it. It goes
 * over the words once, so that its time grows as their number.
 */
export function nounPhrases(words: readonly TaggedWord[], negations: ReadonlySet<string>): TaggedWord[][] {
  const kinds = kindsOf(words, negations);
  const phrases: TaggedWord[][] = [];
  const take = (indices: readonly number[]): void => {
    if (indices.length > 0) phrases.push(indices.map((i) => words[i]!));
  };
  let joined: Piece[] = []; // pieces without a noun, such as "long," and "black and", that may describe the next noun
  const giveUp = (): void => {
    const before = joined[0]?.before ?? "mark"; // of "of red and blue" each is after "of"
    for (const piece of joined) take(headless(kinds, { ...piece, before }));
    joined = [];
  };
  for (const piece of piecesOf(kinds)) {
    if (joined.length > 0 && !joins(kinds, joined.at(-1)!, piece)) giveUp();
    const end = nounEnd(kinds, piece);
    if (end === piece.start) joined.push(piece);
    else {
      take(indicesOf({ start: joined[0]?.start ?? piece.start, end }).filter((i) => kinds[i] !== "comma"));
      joined = [];
    }
  }
  giveUp();
  return phrases;
}

/**
 * Cuts a sentence into pieces. A verb belongs to one only where the verb of a sentence does not stand: after a
 * determiner, a preposition or a describing word. Nor does an adverb describe a noun before it.
 */
function piecesOf(kinds: readonly Kind[]): Piece[] {
  const pieces: Piece[] = [];
  let piece: Piece | undefined;
  let open = false; // whether a verb that comes now describes
  kinds.forEach((kind, i) => {
    const before = kinds[i - 1] ?? "mark";
    const belongs =
      kind === "verb" ? open : kind === "adverb" ? before !== "noun" : DESCRIBE.has(kind) || kind === "noun";
    if (!belongs) piece = undefined;
    else if (piece) piece.end = i + 1;
    else pieces.push((piece = { before, start: i, end: i + 1 }));
    if (kind !== "adverb") open = DESCRIBE.has(kind) || OPENS.has(kind) || (kind === "verb" && belongs);
  });
  return pieces;
}

const DESCRIBE: ReadonlySet<Kind> = new Set(["adjective", "number"]);
const OPENS: ReadonlySet<Kind> = new Set(["determiner", "preposition"]);

/** Index after the last noun of a piece, and after the number that follows it, as in "Boeing 747"; `start` if none. */
function nounEnd(kinds: readonly Kind[], { start, end }: Piece): number {
  let last = end;
  while (last > start && kinds[last - 1] !== "noun") last--;
  return last > start && last < end && kinds[last] === "number" ? last + 1 : last;
}

/**
 * Whether the first piece describes what the second one names, as in "long, thin beak" and "black and white wings". Not
 * if the first only says how something is ("is white, black spots …"), nor if a number begins the second.
 */
function joins(kinds: readonly Kind[], first: Piece, second: Piece): boolean {
  const between = kinds.slice(first.end, second.start);
  return (
    first.before !== "auxiliary" &&
    between.every((kind) => kind === "comma" || kind === "conjunction") &&
    !["noun", "number"].includes(kinds[second.start]!)
  );
}

/**
 * A piece without a noun. Its last word is taken for one after a determiner ("a pale buff"), a color after a
 * preposition ("a patch of red"), and a verb or an adverb after an adjective ("white eyering").
 */
function headless(kinds: readonly Kind[], piece: Piece): number[] {
  const [last, previous] = [kinds[piece.end - 1]!, piece.end - 1 > piece.start ? kinds[piece.end - 2]! : undefined];
  if (last === "number") return [];
  const described = last !== "adjective" && (previous === "adjective" || previous === "number");
  const isNoun =
    piece.before === "determiner" ||
    (piece.before === "preposition" && (last === "adjective" || described)) ||
    (piece.before !== "auxiliary" && last === "verb" && described);
  return isNoun ? indicesOf(piece) : [];
}

const indicesOf = ({ start, end }: Pick<Piece, "start" | "end">): number[] =>
  Array.from({ length: end - start }, (_, i) => start + i);
