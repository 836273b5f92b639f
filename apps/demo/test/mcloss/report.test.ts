import { html, textOf } from "@fovea/experiment";
import { describe, expect, it } from "vitest";
import type { Example } from "../../src/mcloss/figures.js";
import { report } from "../../src/mcloss/report.js";
import { withoutData } from "../without-data.js";
import { given, recordOf, results } from "./records.js";

const image = "data:image/webp;base64,NaNA"; // base64 may spell anything
const example: Example = {
  ...{ label: "cat", source: "vendor", image },
  maps: {
    ...{ predicted: "ly<nx", probability: 0.75, isRight: false },
    classes: [
      { label: "cat", probability: 0.2, diversity: 1.25, images: [image, image] },
      { label: "ly<nx", probability: 0.75, diversity: 1.5, images: [image, image] },
    ],
  },
};
const records = ["ce-wide", "mc"].map((variant, i) => ({
  ...recordOf({ id: `seed-0/${variant}`, variant, settings: given }, 0.25 + 0.375 * i),
  ...(i === 1 && { figures: [example] }),
}));
const sections = report(results("run", records, given, ["ce-wide", "mc"]));

describe("the report of a run", () => {
  it("is one page that needs nothing else, with table, charts and channels, and escapes what it is given", async () => {
    const page = await html("MC-Loss", sections);
    expect(page.match(/<svg/g)).toHaveLength(6); // two validation measures, two terms, two confusion matrices
    expect(page.match(/<img/g)).toHaveLength(5);
    expect(page).not.toMatch(/(src|href)="(?!data:)/); // no source is named here, so no address at all
    for (const part of [
      "62.5",
      "1.50 of 2–3",
      "Things &#60;b&#62;.",
      "✗ ly&lt;nx 75.0 %",
      "h 1.25",
      "best test accuracy",
    ])
      expect(page).toContain(part);
    expect(page).toContain('alt="channel 2 of ly&#60;nx"');
    expect(withoutData(page)).not.toMatch(/undefined|NaN|null/);
  });

  it("counts pairs of one family that are taken for each other, and no others", () => {
    const text = textOf(sections.map((section) => ({ ...section, detail: false })));
    expect(text).toMatch(/cat – lynx +5 +5/);
    expect(text).not.toMatch(/lynx – dog/);
  });

  it("is short on a terminal", () => {
    const text = textOf(sections);
    expect(text).toMatch(/scratch, ξ a class, MC +72\.5 +62\.5 +100\.0 +50\.0/);
    expect(text.split("\n").length).toBeLessThan(20);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
