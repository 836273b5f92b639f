import type { SourceFile } from "./violations.js";

/** Words with which a sentence goes on from another one, that a tooltip does not show. */
const FRAGMENT = /\/\*\*\s*(?:\*\s*)?(?:Of|As|The same|Whose|Those)\b[^\n]*/g;

/** Doc comments that do not stand alone: "Of the first stage." `file:line`, each. */
export const fragments = ({ path, text }: SourceFile): string[] =>
  [...text.matchAll(FRAGMENT)].map(({ index }) => `${path}:${text.slice(0, index).split("\n").length}`);
