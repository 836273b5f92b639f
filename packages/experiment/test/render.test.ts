import { describe, expect, it } from "vitest";
import {
  bullets,
  charts,
  detail,
  figures,
  formatted,
  heading,
  html,
  markdown,
  paragraph,
  percent,
  spread,
  table,
  textOf,
  type Section,
} from "../src/index.js";

const chart = { title: "accuracy & epochs", spec: { mark: "line", data: { values: [{ x: 1, y: 2 }] }, encoding: { x: { field: "x", type: "quantitative" } } } } as const; // prettier-ignore
const sections: readonly Section[] = [
  paragraph("In **%**, see `top-1` of [the paper](https://x.org/a)."),
  table(["", "sister errors"], [["a <b> & c", "57.3 ± 1.2"]]),
  bullets(["one: 1"]),
  ...detail(heading("Details"), paragraph("Only on pages.")),
  charts([chart]),
  figures([{ title: "cat", rows: [{ label: "**net**", images: [{ source: "data:image/webp;base64,AA==", alt: "a cat" }, { source: "<svg width='1'><g/></svg>", alt: "where" }] }] }]), // prettier-ignore
  { kind: "markdown", text: "| a |\n| --- |\n| 1 |" },
];

describe("numbers", () => {
  it("are a mean with its sample standard deviation, one number, or a dash", () => {
    expect(spread([1, 2, 3])).toBe("2.0 ± 1.0");
    expect(spread([-0.01])).toBe("0.0");
    expect(spread([])).toBe("–");
    expect(formatted({ unit: "percent" }, [0.5, null, 0.7])).toBe("60.0 ± 14.1");
    expect(percent(1 / 3)).toBe("33.3");
  });
});

describe("a terminal", () => {
  it("shows text, tables and lists without marks, and no details", () => {
    const text = textOf(sections);
    expect(text).toContain("In %, see top-1 of the paper.");
    expect(text).toMatch(/a <b> & c +57\.3 ± 1\.2/);
    expect(text).toMatch(/sister *\n.*errors/); // heads are broken so that tables are narrow
    expect(text).toContain("- one: 1");
    expect(text).not.toMatch(/Details|Only on pages|<svg|data:/);
  });

  it("has lines of 80 columns at most", () => {
    const text = textOf([paragraph("word ".repeat(60)), bullets(["word ".repeat(60)])]);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("a Markdown page", () => {
  it("has everything but figures, and its charts beside it", () => {
    const page = markdown("Title", sections, "decay");
    expect(page.text).toBe(
      "# Title\n\nIn **%**, see `top-1` of [the paper](https://x.org/a).\n\n|  | sister errors |\n| --- | ---: |\n| a <b> & c | 57.3 ± 1.2 |\n\n" +
        "- one: 1\n\n## Details\n\nOnly on pages.\n\n![accuracy & epochs](decay-1.svg)\n\n| a |\n| --- |\n| 1 |\n",
    );
    expect(page.charts).toEqual([{ file: "decay-1.svg", chart }]);
  });
});

describe("an HTML page", () => {
  it("needs nothing else, names its images for those who do not see them, and takes markup in text for text", async () => {
    const page = await html("A & B", sections);
    expect(page).toContain("<title>A &#38; B</title>");
    expect(page).toContain('In <strong>%</strong>, see <code>top-1</code> of <a href="https://x.org/a">the paper</a>.');
    expect(page).toContain("a &#60;b&#62; &amp; c");
    expect(page.match(/<svg[^>]* role="img" aria-label="[^"]+"><title>/g)).toHaveLength(2);
    expect(page).toContain('aria-label="accuracy &#38; epochs"');
    expect(page).toContain('<img src="data:image/webp;base64,AA==" alt="a cat">');
    expect(page).toContain("<td>1</td>");
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).not.toMatch(/(src|href)="(?!data:|https:)/);
  });
});
