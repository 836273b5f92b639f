import type { Table } from "./tables.js";
import type { TopLevelSpec } from "vega-lite";

/** A chart in Vega-Lite's grammar. */
export interface Chart {
  /** Says what is to be seen, to those who do not see it. */
  readonly title: string;
  /** What is drawn: a Vega-Lite specification with its data. */
  readonly spec: Omit<TopLevelSpec, "$schema">;
}

/** One image of a figure. */
export interface FigureImage {
  /** A `data:` address, or the text of an SVG. */
  readonly source: string;
  /** Says what is to be seen, to those who do not see it. */
  readonly alt: string;
  /** Below the image; inline Markdown. */
  readonly caption?: string;
}

/** Images that belong together, in rows. */
export interface Figure {
  /** Heading of the figure; inline Markdown. */
  readonly title: string;
  /** Inline Markdown. */
  readonly note?: string;
  /** Whether the figure has the width of the page, and its images are larger. Default false. */
  readonly wide?: boolean;
  /** Rows of images, each with a label before it if there is one; inline Markdown. */
  readonly rows: readonly { readonly label?: string; readonly images: readonly FigureImage[] }[];
}

/**
 * A part of a page. Text is inline Markdown: `**bold**`, `` `code` ``, `[link](address)`. Terminals show headings,
 * tables, lists and text, Markdown files charts, too, and HTML pages everything.
 */
export type Section = (
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  /** Cells are inline Markdown. */
  | ({ readonly kind: "table" } & Table)
  | { readonly kind: "charts"; readonly charts: readonly Chart[] }
  | { readonly kind: "figures"; readonly figures: readonly Figure[] }
  /** Whole blocks of Markdown that something else has written. */
  | { readonly kind: "markdown"; readonly text: string }
) & {
  /** Left out on terminals. */
  readonly detail?: boolean;
};

export const heading = (text: string): Section => ({ kind: "heading", text });
export const paragraph = (text: string): Section => ({ kind: "text", text });
export const bullets = (items: readonly string[]): Section => ({ kind: "list", items });
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Extract<Section, { kind: "table" }> => ({ kind: "table", head, rows });
export const charts = (list: readonly Chart[]): Section => ({ kind: "charts", charts: list });
export const figures = (list: readonly Figure[]): Section => ({ kind: "figures", figures: list });

/** The sections, but not on terminals. */
export const detail = (...sections: readonly Section[]): Section[] =>
  sections.map((section) => ({ ...section, detail: true }));
