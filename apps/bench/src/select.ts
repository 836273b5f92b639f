import { BadInput } from "./bad-input.js";
import type { Case } from "./cases/case.js";
import { isUserCase, userCase } from "./cases/user-case.js";

/**
 * The cases whose names match any of the patterns, in the order of the table; `*` stands for any characters. No
 * pattern: all. Names of user modules (`./file.js#create`) come last.
 *
 * @throws BadInput for a pattern that matches nothing
 */
export function select(cases: readonly Case[], patterns: readonly string[]): readonly Case[] {
  if (patterns.length === 0) return cases;
  const matches = patterns.filter((pattern) => !isUserCase(pattern)).flatMap((pattern) => matching(cases, pattern));
  return [...cases.filter((one) => matches.includes(one)), ...patterns.filter(isUserCase).map(userCase)];
}

function matching(cases: readonly Case[], pattern: string): readonly Case[] {
  const literal = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const wildcard = new RegExp(`^${literal.replaceAll("*", ".*")}$`);
  const found = cases.filter(({ name }) => wildcard.test(name));
  if (found.length === 0)
    throw new BadInput(`no case matches \`${pattern}\`; \`bench list\` shows all, e.g. ${examples(cases)}.`);
  return found;
}

/** One name of each group. */
const examples = (cases: readonly Case[]): string =>
  [...new Map(cases.map(({ name }) => [name.split("/")[0], name])).values()].join(", ");
