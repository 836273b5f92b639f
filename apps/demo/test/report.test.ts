import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { reportHtml } from "../src/report/html.js";
import { attentionUrl } from "../src/report/overlay.js";
import { resultsPage } from "../src/mvhfmd/results.js";
import { accuracyTable } from "../src/mvhfmd/table.js";
import type { Example } from "../src/run.js";
import { row, runOf } from "./support.js";

describe("accuracyTable", () => {
  it("has a row a strategy, a column a number of views, and fits a terminal", () => {
    const lines = accuracyTable([row("single view", 0.25), row("hybrid + distillation", 0.25, 0.5)]).split("\n");
    expect(lines.find((line) => line.includes("single view"))).toMatch(/25\.0 │ +– │/);
    expect(lines.find((line) => line.includes("hybrid"))).toMatch(/25\.0 │ +50\.0 │/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("resultsPage", () => {
  const names = ["single view", "score, mean logits", "hybrid", "hybrid + distillation", "… its single view"];
  const seed = (shift: number) => runOf(names.map((name) => row(name, 0.3 + shift, 0.5 + 2 * shift)));
  const page = resultsPage([seed(0), seed(0.1)], "npm run demo -- results");

  it("gives mean and sample standard deviation over the seeds", () => {
    expect(page).toContain("| hybrid | 35.0 ± 7.1 | 60.0 ± 14.1 | 1,234 |"); // 30, 40 and 50, 70
  });

  it("compares within a seed", () => {
    expect(page).toContain("2 views instead of 1, hybrid + distillation: 25.0 ± 7.1"); // 20 and 30
    expect(page).toContain("adds to hybrid, 2 views: 0.0 ± 0.0");
  });

  it("names its command, its budget and what was tested", () => {
    for (const part of ["`npm run demo -- results`", "epochs 1", "10 of 99 collections of 2", "over 2 seeds"])
      expect(page).toContain(part);
  });
});

describe("reportHtml", () => {
  const said = { label: "a", probability: 0.75, right: true };
  const view = {
    source: "vendor",
    picture: "data:image/webp;base64,AA==",
    attention: "data:image/webp;base64,AA==",
    single: said,
  };
  const example: Example = { label: "a", fused: said, score: { ...said, right: false }, views: [view] };

  it("is one page that needs nothing else, with table, charts and collections, and escapes what it is given", async () => {
    const strategies = [row("single view", 0.25), row("hybrid + distillation", 0.3, 0.625)];
    const html = await reportHtml({ run: runOf(strategies), examples: [example], explained: "hybrid + distillation" });
    expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(2);
    expect(html).not.toMatch(/(src|href)="(?!data:)/); // no source is named here, so no address at all
    expect(html).toContain("62.5");
    expect(html).toContain("Things &lt;b&gt;.");
    expect(html).toContain("✗ a 75 %");
  });
});

describe("attentionUrl", () => {
  const white = { width: 4, height: 4, channels: 3, data: new Uint8Array(48).fill(255) } as const;
  const meanOf = async (heat: readonly number[]) => {
    const url = await attentionUrl(white, heat, [2, 2]);
    const stats = await sharp(Buffer.from(url.split(",")[1]!, "base64")).stats();
    return stats.channels[0]!.mean;
  };

  it("leaves what is attended to as it is, and darkens the rest", async () => {
    expect(await meanOf([1, 1, 1, 1])).toBeGreaterThan(250);
    expect(await meanOf([0, 0, 0, 0])).toBeLessThan(60);
    expect(await meanOf([1, 0, 0, 0])).toBeLessThan(await meanOf([1, 1, 0, 0]));
  });
});
