import { commandOf, type Results } from "../results.js";
import { headline } from "./headline.js";
import { largeTables } from "./large-tables.js";
import { markdownTable, textTable, type Table } from "@fovea/experiment/console";

/** Results of the large suite for a terminal. */
export const largeText = (results: Results): string =>
  [headline(results), ...largeTables(results, "terminal").map(textTable)].join("\n\n");

/** Results of the large suite as a page. */
export const largePage = (results: Results): string =>
  [
    "# Images too large for memory: what they cost",
    `Written by \`${commandOf(results)}\`; the README of \`apps/bench\` says what the columns mean.`,
    headline(results).replace("\n", "  \n"),
    ...largeTables(results, "page").map(section),
  ].join("\n\n") + "\n";

function section(table: Table): string {
  const list = (table.notes ?? []).map((note) => `- ${note}`).join("\n");
  return [`## ${table.title}`, markdownTable(table), list].filter(Boolean).join("\n\n");
}
