import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { EngineReport } from "@fovea/engine";
import { writeFileAtomic } from "@fovea/nn/node";
import type { MvHfmdRun, StrategyRun } from "../run.js";
import { spread } from "../statistics.js";
import { runDemo } from "./demo.js";
import type { Settings } from "./settings.js";
import { STRATEGIES } from "./strategies.js";

/** What the page of results is made from. */
export interface ResultsOptions {
  readonly seeds: number;
  readonly settings: Settings;
  /** `seed-N/run.json` for each seed; a seed whose file is there is not run again. */
  readonly out: string;
  readonly page: string;
  readonly engine: EngineReport;
  readonly signal?: AbortSignal;
}

/** Runs every strategy with several seeds, and writes the table of means and standard deviations. */
export async function writeResults({ seeds, settings, out, page, engine, signal }: ResultsOptions): Promise<void> {
  const command = `npm run demo -- results --seeds ${seeds} --epochs ${settings.epochs}`;
  const runs: MvHfmdRun[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const dir = join(out, `seed-${seed}`);
    const wanted = { ...settings, seed };
    const options = { settings: wanted, strategies: STRATEGIES, out: dir, command, engine, resume: true };
    const run =
      (await finishedRun(join(dir, "run.json"), wanted)) ??
      (await runDemo({ ...options, ...(signal && { signal }) })).run;
    runs.push(run);
  }
  await mkdir(dirname(page), { recursive: true });
  await writeFileAtomic(page, resultsPage(runs, command));
}

/** What an earlier call found, if it was with these settings and every strategy. */
async function finishedRun(path: string, settings: Settings): Promise<MvHfmdRun | undefined> {
  if (!existsSync(path)) return undefined;
  const run = JSON.parse(await readFile(path, "utf8")) as MvHfmdRun;
  const rows = STRATEGIES.flatMap((strategy) => strategy.rows.map(({ name }) => name));
  const same = isDeepStrictEqual(run.settings, { ...settings });
  return same &&
    isDeepStrictEqual(
      run.strategies.map(({ name }) => name),
      rows,
    )
    ? run
    : undefined;
}

/** The page, as Markdown. */
export function resultsPage(runs: readonly MvHfmdRun[], command: string): string {
  const first = runs[0]!;
  const { data, machine, settings } = first;
  const counts = Array.from({ length: Number(settings["views"]) }, (_, i) => i + 1);
  const tested = first.strategies.find(({ accuracy }) => accuracy.length === counts.length)!.accuracy;
  return `# MV-HFMD: how views are merged, and how many there are

Top-1 accuracy in %, mean ± standard deviation over ${runs.length} seeds. Chance is ${(100 / data.classes.length).toFixed(1)} %.

| strategy | ${counts.map((n) => `${n} view${n > 1 ? "s" : ""}`).join(" | ")} | trained params |
| --- | ${counts.map(() => "---").join(" | ")} | --- |
${first.strategies.map((row) => strategyRow(row, runs, counts)).join("\n")}

${comparisons(runs, counts.length)}

**Data.** ${data.name}: ${data.description} ${data.classes.length} classes, ${data.trainImages} training pictures, ${data.testImages} test pictures.
Tested on ${tested.map((a) => `${a.collections} of ${a.total} collections of ${a.views}`).join(", ")}, the same for every strategy.

**Budget.** The same for all: ${Object.entries(settings)
    .filter(([key]) => key !== "data" && key !== "seed")
    .map(([key, value]) => `${key} ${value}`)
    .join(
      ", ",
    )}; AdamW, one-cycle. Every batch draws its number of views from 1 to ${counts.length}; the last weights are
tested, none are selected. The trunk is frozen. A seed changes initial weights, batches, poses and backgrounds of all pictures, and the
test collections.

**Made by** \`${command}\` at commit ${[...new Set(runs.map(({ commit }) => commit))].join(", ")}, on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, engine ${machine.engine}, ${first.date}.
`;
}

function strategyRow(row: StrategyRun, runs: readonly MvHfmdRun[], counts: readonly number[]): string {
  const cells = counts.map((n) => {
    const scores = scoresOf(runs, row.name, n);
    return scores.length === 0 ? "–" : spread(scores);
  });
  return `| ${row.name} | ${cells.join(" | ")} | ${row.params.toLocaleString("en")} |`;
}

/**
 * What each seed says of two strategies, one against the other: a difference within a seed is free of its pictures'
 * luck.
 */
function comparisons(runs: readonly MvHfmdRun[], most: number): string {
  const gain = (name: string, views: number, base: string, baseViews: number) => {
    const [a, b] = [scoresOf(runs, name, views), scoresOf(runs, base, baseViews)];
    return spread(a.map((score, i) => score - b[i]!));
  };
  const hybrid = "hybrid + distillation";
  return `Differences within a seed, in points:

- ${most} views instead of 1, ${hybrid}: ${gain(hybrid, most, hybrid, 1)}
- ${hybrid} with ${most} views against the single view: ${gain(hybrid, most, "single view", 1)}
- ${hybrid} against score fusion by mean logits, ${most} views: ${gain(hybrid, most, "score, mean logits", most)}
- what mutual distillation adds to hybrid, ${most} views: ${gain(hybrid, most, "hybrid", most)}
- what training on several views does for a single view: ${gain("… its single view", 1, "single view", 1)}`;
}

const scoresOf = (runs: readonly MvHfmdRun[], name: string, views: number): number[] =>
  runs.flatMap(({ strategies }) => {
    const found = strategies.find((row) => row.name === name)?.accuracy.find((a) => a.views === views);
    return found ? [100 * found.top1] : [];
  });
