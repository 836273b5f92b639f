import type { TopLevelSpec } from "vega-lite";
import type { Chart } from "../section.js";

/** A chart as the text of an SVG with an accessible name, drawn without a browser. */
export async function svgOf({ title, spec }: Chart, background = "transparent"): Promise<string> {
  // their code takes long to load, and most commands draw nothing
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec: vega } = compile({ background, ...spec } as TopLevelSpec);
  const view = new View(parse(vega), { renderer: "none" });
  try {
    return named(await view.toSVG(), title);
  } finally {
    view.finalize();
  }
}

/** Text in HTML. */
export const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** An SVG that says what it shows to those who do not see it. */
export const named = (svg: string, title: string): string =>
  svg.replace(/<svg([^>]*)>/, (_, attributes: string) => {
    const kept = attributes.replace(/ (role|aria-\w+)="[^"]*"/g, "");
    return `<svg${kept} role="img" aria-label="${escape(title)}"><title>${escape(title)}</title>`;
  });
