import type { Chart, Section } from "../section.js";
import { markdownTable } from "../tables.js";

/** A Markdown page: everything but figures. Charts are files beside it. */
export interface MarkdownPage {
  /** The Markdown. */
  readonly text: string;
  /** The charts, in the order of their files' names. */
  readonly charts: readonly { readonly file: string; readonly chart: Chart }[];
}

/** @param stem - of the charts' files: `zoomin` has `zoomin-1.svg`, `zoomin-2.svg` */
export function markdown(title: string, sections: readonly Section[], stem: string): MarkdownPage {
  const charts: MarkdownPage["charts"][number][] = [];
  const partOf = (section: Section): string => {
    if (section.kind !== "charts") return blockOf(section);
    return section.charts
      .map((chart) => {
        const file = `${stem}-${charts.length + 1}.svg`;
        charts.push({ file, chart });
        return `![${chart.title}](${file})`;
      })
      .join("\n\n");
  };
  const parts = [`# ${title}`, ...sections.map(partOf)].filter((part) => part !== "");
  return { text: `${parts.join("\n\n")}\n`, charts };
}

function blockOf(section: Section): string {
  if (section.kind === "heading") return `## ${section.text}`;
  if (section.kind === "text" || section.kind === "markdown") return section.text;
  if (section.kind === "list") return section.items.map((item) => `- ${item}`).join("\n");
  return section.kind === "table" ? markdownTable(section) : "";
}
