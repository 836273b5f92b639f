import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeFileAtomic } from "@fovea/nn/node";
import { html } from "./render/html.js";
import { markdown } from "./render/markdown.js";
import { svgOf } from "./render/svg.js";
import type { Results } from "./results.js";
import type { Section } from "./section.js";

/** Writes `report.html` and the long table `rows.json` into a folder. @returns the report's path */
export async function publishReport(
  out: string,
  title: string,
  sections: readonly Section[],
  results: Results,
): Promise<string> {
  const report = join(out, "report.html");
  await publishHtml(report, title, sections);
  await writeFileAtomic(join(out, "rows.json"), JSON.stringify(results.rows, null, 1));
  return report;
}

/** Writes an HTML page, and makes its folder if it is not there. */
export async function publishHtml(path: string, title: string, sections: readonly Section[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, await html(title, sections));
}

/** Writes a Markdown page, and its charts beside it. */
export async function publishPage(path: string, title: string, sections: readonly Section[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const { text, charts } = markdown(title, sections, basename(path, ".md"));
  for (const { file, chart } of charts) await writeFileAtomic(join(dirname(path), file), await svgOf(chart, "white"));
  await writeFileAtomic(path, text);
}
