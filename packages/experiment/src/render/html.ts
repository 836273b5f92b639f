import { Marked } from "marked";
import type { Figure, FigureImage, Section } from "../section.js";
import type { Table } from "../tables.js";
import { STYLE } from "./style.js";
import { escape, named, svgOf } from "./svg.js";

/** One HTML page that needs nothing else: style, charts and images are inside. */
export async function html(title: string, sections: readonly Section[]): Promise<string> {
  const parts: string[] = [];
  for (const section of sections) parts.push(await partOf(section));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${parts.join("\n")}
</main>
</body>
</html>
`;
}

async function partOf(section: Section): Promise<string> {
  if (section.kind === "heading") return `<h2>${inline(section.text)}</h2>`;
  if (section.kind === "text") return `<p>${inline(section.text)}</p>`;
  if (section.kind === "markdown") return `<div class="scroll">${await marked.parse(section.text)}</div>`;
  if (section.kind === "list") return `<ul>${section.items.map((item) => `<li>${inline(item)}</li>`).join("")}</ul>`;
  if (section.kind === "table") return tableOf(section);
  if (section.kind === "figures") return `<div class="figures">${section.figures.map(figureOf).join("\n")}</div>`;
  const svgs = await Promise.all(section.charts.map((chart) => svgOf(chart)));
  return `<div class="charts">${svgs.map((svg) => `<div class="chart">${svg}</div>`).join("\n")}</div>`;
}

function tableOf({ head, rows }: Table): string {
  const line = (cells: readonly string[], tag: "th" | "td") =>
    `<tr>${cells.map((cell, i) => `<${i === 0 ? 'th scope="row"' : tag}>${inline(cell)}</${i === 0 ? "th" : tag}>`).join("")}</tr>`;
  const first = `<tr>${head.map((cell) => `<th scope="col">${inline(cell)}</th>`).join("")}</tr>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="table"><table><thead>${first}</thead><tbody>${rows.map((row) => line(row, "td")).join("\n")}</tbody></table></div>`; // prettier-ignore
}

function figureOf({ title, note, rows, wide = false }: Figure): string {
  const lines = rows.map(({ label, images }) => `${label === undefined ? "" : `<p class="label">${inline(label)}</p>`}<div class="images">${images.map(imageOf).join("")}</div>`); // prettier-ignore
  return `<article${wide ? ' class="wide"' : ""}><h3>${inline(title)}</h3>${note === undefined ? "" : `<p>${inline(note)}</p>`}${lines.join("\n")}</article>`; // prettier-ignore
}

function imageOf({ source, alt, caption }: FigureImage): string {
  const image = source.startsWith("<svg") ? named(source, alt) : `<img src="${escape(source)}" alt="${escape(alt)}">`;
  return `<figure>${image}${caption === undefined ? "" : `<figcaption>${inline(caption)}</figcaption>`}</figure>`;
}

/** Markup in Markdown is text. */
const marked = new Marked({ renderer: { html: ({ text }) => escape(text) } });

const inline = (text: string): string => marked.parseInline(text, { async: false });
