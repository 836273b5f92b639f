import { phraseExtractor } from "@fovea/bimodal";
import { winkTagger } from "@fovea/bimodal/wink";
import { describe, expect, it } from "vitest";
import { annotated } from "./annotated.js";
import { allOf, figuresOf, halfOf, marked, without, type Figures } from "./figures.js";
import { plainRule } from "./plain-rule.js";
import { plainWink } from "./plain-wink.js";

const [ours, plain] = [phraseExtractor(winkTagger()), plainRule(plainWink)];
const percent = ({ precision, recall }: Figures) => `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`;

describe("phrases of 80 sentences, word for word those that were marked by hand", () => {
  const [tuning, figure] = [allOf(0), allOf(1)];

  it("are found: on the half for tuning as measured", () => {
    const found = figuresOf(tuning, ours);
    console.log(`tuning: ${percent(found)}; the plain rule: ${percent(figuresOf(tuning, plain))}`);
    expect(found.precision).toBeGreaterThanOrEqual(0.984);
    expect(found.recall).toBeGreaterThanOrEqual(0.992);
  });

  it("are found: on the half that nothing was tuned on as measured", () => {
    const found = figuresOf(figure, ours);
    console.log(`figure: ${percent(found)}; the plain rule: ${percent(figuresOf(figure, plain))}`);
    for (const [style, lines] of Object.entries(annotated))
      console.log(`  ${style}: ${percent(figuresOf(halfOf(lines, 1), ours))}`);
    expect(found.precision).toBeGreaterThanOrEqual(0.953);
    expect(found.recall).toBeGreaterThanOrEqual(0.934);
  });

  it("the plain rule finds fewer, and more that are wrong", () => {
    expect(figuresOf(figure, plain).precision).toBeLessThan(0.8);
    expect(figuresOf(figure, plain).recall).toBeLessThan(0.8);
  });
});

describe("the marks and the count", () => {
  it("at least 16 sentences of each style, no two the same, every mark closed", () => {
    const lines = Object.values(annotated).flat();
    for (const style of Object.values(annotated)) expect(style.length).toBeGreaterThanOrEqual(16);
    expect(new Set(lines).size).toBe(lines.length);
    for (const line of lines) expect(line.replace(/\[[^[\]]+\]/g, "")).not.toMatch(/[[\]]/);
  });

  it("a phrase counts as often as it is there", () => {
    expect(marked("a [long, thin Beak] and a [tail]")).toEqual({
      text: "a long, thin Beak and a tail",
      phrases: ["long thin beak", "tail"],
    });
    expect(without(["bird", "bird", "tail"], ["bird"])).toEqual(["bird", "tail"]);
    const sentence = { text: "", phrases: ["bird", "tail", "bill"] };
    expect(figuresOf([sentence], () => ["bird", "bird", "tail", "wing"])).toEqual({ precision: 2 / 4, recall: 2 / 3 });
  });
});
