import type { Section } from "../section.js";
import { textTable } from "../tables.js";

/** Columns that most terminals have. */
const WIDTH = 80;

/** What a terminal shows: headings, text, lists and tables that are not details. */
export const text = (sections: readonly Section[]): string =>
  sections
    .filter(({ detail }) => !detail)
    .map(textOf)
    .filter((part) => part !== "")
    .join("\n");

function textOf(section: Section): string {
  if (section.kind === "heading") return `\n${plain(section.text)}`;
  if (section.kind === "text") return wrapped(plain(section.text));
  if (section.kind === "list") return section.items.map((item) => wrapped(`- ${plain(item)}`, "  ")).join("\n");
  if (section.kind === "table") return tableOf(section);
  return "";
}

function tableOf({ head, rows }: Extract<Section, { kind: "table" }>): string {
  const narrow = head.map((cell, i) => (i === 0 ? plain(cell) : plain(cell).replaceAll(" ", "\n")));
  return textTable({ head: narrow, rows: rows.map((row) => row.map(plain)) });
}

/** Without the marks of inline Markdown. */
const plain = (markdown: string): string => markdown.replace(/\*\*|`/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");

function wrapped(line: string, indent = ""): string {
  const lines: string[] = [];
  for (const word of line.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : indent + word);
  }
  return lines.join("\n");
}
