import { annotated } from "./annotated.js";
import type { PhraseExtractor } from "@fovea/bimodal";

/** How well phrases were found. */
export interface Figures {
  /** Found phrases that are right, of all found. */
  readonly precision: number;
  /** Found phrases that are right, of all that are to be found. */
  readonly recall: number;
}

/** One sentence and its phrases. */
export interface Marked {
  readonly text: string;
  readonly phrases: readonly string[];
}

/** Reads the marks of an annotated line. */
export const marked = (line: string): Marked => ({
  text: line.replace(/[[\]]/g, ""),
  phrases: [...line.matchAll(/\[(.*?)\]/g)].map(([, phrase]) => phrase!.replaceAll(",", "").toLowerCase()),
});

/** The lines of one half: 0 for tuning, 1 for the figure. */
export const halfOf = (lines: readonly string[], half: 0 | 1): Marked[] =>
  lines.filter((_, i) => i % 2 === half).map(marked);

/** All sentences of one half. */
export const allOf = (half: 0 | 1): Marked[] => Object.values(annotated).flatMap((lines) => halfOf(lines, half));

/** A phrase is right if it is the same, word for word, as one that was marked in its sentence. */
export function figuresOf(sentences: readonly Marked[], extract: PhraseExtractor): Figures {
  let [right, found, wanted] = [0, 0, 0];
  for (const { text, phrases } of sentences) {
    const answers = extract(text);
    right += answers.length - without(answers, phrases).length;
    found += answers.length;
    wanted += phrases.length;
  }
  return { precision: right / found, recall: right / wanted };
}

/** What of `a` is not in `b`, each as often as it is there. */
export function without(a: readonly string[], b: readonly string[]): string[] {
  const rest = [...b];
  return a.filter((phrase) => {
    const at = rest.indexOf(phrase);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
