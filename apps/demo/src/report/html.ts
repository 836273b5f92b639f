import { readFile } from "node:fs/promises";
import { Eta } from "eta";
import type { Example, MvHfmdRun, StrategyRun } from "../run.js";
import { accuracyChart, curveChart } from "./charts.js";

/** What the page shows beside the run itself. */
export interface ReportParts {
  readonly run: MvHfmdRun;
  readonly examples: readonly Example[];
  /** The strategy whose attention the examples show. */
  readonly explained: string;
}

/** The report as one HTML page that needs nothing else: styles, charts and pictures are inside. */
export async function reportHtml({ run, examples, explained }: ReportParts): Promise<string> {
  const template = await readFile(new URL("page.eta", import.meta.url), "utf8");
  const viewCounts = [...new Set(run.strategies.flatMap((s) => s.accuracy.map((a) => a.views)))].sort((a, b) => a - b);
  const eta = new Eta({ autoEscape: true });
  return eta.renderString(template, {
    run,
    examples,
    explained,
    title: "Multi-view classification with hybrid fusion and mutual distillation",
    viewCounts,
    counts: run.strategies.toSorted((a, b) => b.accuracy.length - a.accuracy.length)[0]?.accuracy ?? [],
    best: bestStrategy(run.strategies)?.name,
    accuracySvg: await accuracyChart(
      run.strategies.flatMap(({ name, accuracy }) =>
        accuracy.map(({ views, top1 }) => ({ strategy: name, views, accuracy: top1 })),
      ),
    ),
    curveSvgs: await curveSvgs(run.strategies),
    escape: (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`),
  });
}

/** Predictions for pictures of which nobody knows the truth, as one HTML page. */
export async function predictionHtml(examples: readonly Example[]): Promise<string> {
  const template = await readFile(new URL("prediction.eta", import.meta.url), "utf8");
  return new Eta({ autoEscape: true }).renderString(template, { examples });
}

/** Highest top-1 with the most views. */
export const bestStrategy = (strategies: readonly StrategyRun[]): StrategyRun | undefined =>
  strategies.toSorted((a, b) => top1WithMostViews(b) - top1WithMostViews(a))[0];

const top1WithMostViews = ({ accuracy }: StrategyRun) => accuracy.toSorted((a, b) => b.views - a.views)[0]?.top1 ?? 0;

async function curveSvgs(strategies: readonly StrategyRun[]): Promise<string[]> {
  const terms = [...new Set(strategies.flatMap((s) => Object.keys(s.curves)))];
  return Promise.all(
    terms.map((term) =>
      curveChart(
        strategies.flatMap(({ name, curves }) =>
          (curves[term] ?? []).map((value, step) => ({ series: name, step, value })),
        ),
        term,
      ),
    ),
  );
}
