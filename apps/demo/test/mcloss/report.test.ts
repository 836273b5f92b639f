import { describe, expect, it } from "vitest";
import { confusedPairs, mcLossHtml } from "../../src/mcloss/report.js";
import type { ChannelExample } from "../../src/mcloss/run.js";
import { qualityTable } from "../../src/mcloss/table.js";
import { STRATEGIES } from "../../src/mcloss/strategies.js";
import { mcRun, strategyRun } from "./runs.js";

const picture = "data:image/webp;base64,AA==";
const example: ChannelExample = {
  label: "cat",
  source: "vendor",
  picture,
  looks: [
    {
      name: "scratch",
      said: { label: "ly<nx", probability: 0.75, right: false },
      classes: [
        { label: "cat", probability: 0.2, diversity: 1.25, heats: [picture, picture] },
        { label: "ly<nx", probability: 0.75, diversity: 1.5, heats: [picture, picture] },
      ],
    },
  ],
};

describe("mcLossHtml", () => {
  it("is one page that needs nothing else, with table, charts and channels, and escapes what it is given", async () => {
    const html = await mcLossHtml(mcRun(strategyRun("ce-wide", 0.25), strategyRun("mc", 0.625)), [example]);
    expect(html.match(/<svg/g)).toHaveLength(4); // accuracy, diversity, cross-entropy, discriminality
    expect(html.match(/<img/g)).toHaveLength(5);
    expect(html).not.toMatch(/(src|href)="(?!data:)/); // no source is named here, so no address at all
    for (const part of ["62.5", "1.50 of 2–3", "Things &lt;b&gt;.", "✗ ly&#60;nx 75 %", "h 1.25", "best <i>test</i>"])
      expect(html).toContain(part);
    expect(html).not.toMatch(/undefined|NaN|null/);
  });
});

describe("confusedPairs", () => {
  it("adds both ways of a pair of sisters, and leaves out other pairs and those that nobody confuses", () => {
    expect(confusedPairs(mcRun(strategyRun("ce", 0.5), strategyRun("mc", 0.5)))).toEqual([
      { classes: ["cat", "lynx"], family: "cats", counts: [5, 5] },
    ]);
  });
});

describe("qualityTable", () => {
  it("has a row a strategy, and fits a terminal", () => {
    const lines = qualityTable(STRATEGIES.map(({ id }) => strategyRun(id, 0.5))).split("\n");
    expect(lines.find((line) => line.includes("scratch, ξ a class, MC"))).toMatch(/60\.0 │ 50\.0 │ 100\.0 │ +50\.0 │/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
