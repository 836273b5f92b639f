import { BadInput } from "./bad-input.js";
import type { Case, CaseInfo } from "./cases/case.js";
import { isUserCase, userCase } from "./cases/user-case.js";

/**
 * Selects cases by name, as `selectByName`, and the cases of user modules (`./file.js#create`) that patterns name,
 * which come last.
 */
export const select = (cases: readonly Case[], patterns: readonly string[]): readonly Case[] =>
  selectByName([...cases, ...patterns.filter(isUserCase).map(userCase)], patterns);

/**
 * The cases whose names match any of the patterns, in the order of the table; `*` stands for any characters. No
 * pattern: all.
 *
 * @throws BadInput for a pattern that matches nothing
 */
export function selectByName<One extends CaseInfo>(cases: readonly One[], patterns: readonly string[]): readonly One[] {
  if (patterns.length === 0) return cases;
  const matches = new Set(patterns.flatMap((pattern) => matching(cases, pattern)));
  return cases.filter((one) => matches.has(one));
}

function matching<One extends CaseInfo>(cases: readonly One[], pattern: string): readonly One[] {
  const literal = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const wildcard = new RegExp(`^${literal.replaceAll("*", ".*")}$`);
  const found = cases.filter(({ name }) => wildcard.test(name));
  if (found.length === 0)
    throw new BadInput(`no case matches \`${pattern}\`; \`bench list\` shows all, e.g. ${examples(cases)}.`);
  return found;
}

/** One name of each group. */
const examples = (cases: readonly CaseInfo[]): string =>
  [...new Map(cases.map(({ name }) => [name.split("/")[0], name])).values()].join(", ");
