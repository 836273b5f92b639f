import { expect, it, vi } from "vitest";
import { charts, html, paragraph } from "../src/index.js";

const loaded = vi.hoisted(() => new Set<string>());
vi.mock("vega", async (original) => (loaded.add("vega"), original()));
vi.mock("vega-lite", async (original) => (loaded.add("vega-lite"), original()));

it("is loaded when a chart is drawn, and not before", async () => {
  await html("a page", [paragraph("without a chart")]);
  expect([...loaded]).toEqual([]);
  const spec = { data: { values: [{ x: 1 }] }, mark: "point", encoding: { x: { field: "x", type: "quantitative" } } };
  expect(await html("a page", [charts([{ title: "one point", spec: spec as never }])])).toContain("<svg");
  expect([...loaded].sort()).toEqual(["vega", "vega-lite"]);
});
