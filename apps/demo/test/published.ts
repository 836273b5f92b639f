import { readFileSync } from "node:fs";

/** What follows these headings is of the run that the page is of, or of another program. */
const OF_A_RUN = /^## (?:How it was made|Images too large for memory: what they cost)$/m;
const withoutNumbers = (line: string): string => line.replace(/[-\d.,²± ]*\d[-\d.,²± ]*/g, " # ");
const firstCell = (line: string): string => line.replace(/^(\| [^|]*\|).*/, "$1");

const sentencesOf = (page: string): string[] =>
  page
    .split(OF_A_RUN)[0]!
    .split("\n")
    .map((line) => withoutNumbers(firstCell(line)));

/** Lines of a page of `docs/results` that `results` does not write today: those that someone has changed by hand. */
export function changedByHand(system: string, written: string): string[] {
  const published = readFileSync(new URL(`../../../docs/results/${system}.md`, import.meta.url), "utf8");
  const lines = sentencesOf(written);
  return sentencesOf(published).filter((line) => !lines.includes(line));
}
