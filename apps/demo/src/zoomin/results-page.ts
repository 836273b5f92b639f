import { basename } from "node:path";
import { mean, median } from "simple-statistics";
import { svgChart } from "../report/charts.js";
import { rounded, spread } from "../statistics.js";
import { descriptionOf } from "./demo.js";
import type { Quality } from "./evaluate.js";
import { KINDS } from "./gradient-noise.js";
import type { JobResult } from "./jobs.js";
import type { StageRun } from "./run.js";
import { STRATEGIES } from "./strategies.js";
import { ACCURACY } from "./train.js";

/** What the page is made with besides the runs. */
export interface PageOptions {
  readonly command: string;
  /** Path of the chart, which lies beside the page. */
  readonly chart: string;
  /** Memory and seconds, as a page of Markdown, which becomes a part of this one; null: not measured. */
  readonly memory: string | null;
}

/** The page, as Markdown. @param results - of every job */
export function resultsPage(results: readonly JobResult[], { command, chart, memory }: PageOptions): string {
  const first = results[0]!;
  const { settings, data } = first;
  const sides = [...new Set(results.flatMap(({ strategy }) => strategy.stages.map(({ side }) => side)))];
  const seeds = new Set(results.map(({ settings }) => settings.seed)).size;
  const networks = STRATEGIES.filter(({ against }) => against === undefined);
  const sources = data.sources.map(({ name, license }) => `\`${name}\` (${license})`);
  return `# Pictures too large for memory: where to look

One sign of ${data.classes.length - 1} meanings, or none, decides the class of a scene among other signs: ${data.classes.join(", ")}. Signs have
${settings.signSize.join(" to ")} pixels a side, whatever the scene has, and the signs of a seed are the same in scenes of every side: columns differ in what
is around them. Test accuracy in %, mean ± standard deviation over ${seeds} seeds, ${settings.held} scenes
each; chance is ${percent(1 / data.classes.length)} %.

| test accuracy | ${sides.map(square).join(" | ")} | ${square(settings.unseen)}, not trained on | params |
| --- | ${sides.map(() => "---").join(" | ")} | --- | --- |
${networks.map(({ id }) => accuracyRow(of(results, id), sides)).join("\n")}

Scenes with such a sign in which it was looked at, in %: a patch has at least half of it. No place was ever told.

| sign seen | ${sides.map(square).join(" | ")} | ${square(settings.unseen)}, not trained on |
| --- | ${sides.map(() => "---").join(" | ")} | --- |
${["zoom-in", "attention-sampling"].map((id) => foundRow(of(results, id), sides)).join("\n")}

${networks.map(({ name, description }) => `- ${name}: ${description}.`).join("\n")}

Differences within a seed, in points of test accuracy:

${PAIRS.map(([a, b]) => difference(results, a, b, sides)).join("\n")}

## One change at a time

Each differs from the strategy named in one thing only, on scenes of ${square(sides[0]!)}. Beside test accuracy: validation accuracy averaged over
all epochs, which is higher for what learns sooner. In points, within a seed.

| against | what changes | test | all epochs |
| --- | --- | --- | --- |
${STRATEGIES.flatMap(({ id, against }) => (against === undefined ? [] : [changeRow(results, id, against, sides[0]!)])).join("\n")}

## Gradients

How the gradient of the loss for the logits of attention scatters over draws, at the trained weights of attention sampling on test scenes of
${square(sides[0]!)} with a sign, in double precision; features, and the loss's slope for their mean, are those of the exact sum. Noise: total variance,
summed over scenes, over the summed squared length of the true gradients. Squared bias: of the mean from the true gradient, over the same; an
estimate from as many draws, about 0 where there is none, and 1 where the mean is as far off as if it were 0. The middle one of the seeds,
since a seed that has little left to learn has a true gradient near 0; without / with: mean ± standard deviation. Published: the
reference library's gradient, for draws without replacement.

![noise of the gradient by patches](${basename(chart)})

${varianceTable(variancesOf(results))}
${memory === null ? "" : memoryPart(memory)}
## How it was made

**Data.** ${descriptionOf(settings)} Pictures from ${sources.join(", ")}; see the README of \`@fovea/open-datasets\`.

**Before.** The feature network of every strategy learns first to tell ${settings.meanings} other meanings apart, on ${settings.meaningScenes} scenes of one sign
each, from every pixel of them (above: what it makes if the down-scaled CNN learns them at its own scale). So the ordinary networks begin
with as much as the others. Nothing begins with attention.

**Budget.** The same for all: ${settings.scenes} scenes and ${settings.epochs} passes on the first side, ${settings.laterScenes} and ${settings.laterEpochs} on each further one, each from the weights of
the one before; batch ${settings.batch}, AdamW, one-cycle up to ${settings.lr}, then ${settings.laterLr}; ${settings.samples} patches of ${settings.patch} pixels. After each epoch ${settings.held} validation scenes are classified; the
best epoch is kept and tested once, by the most attended patches. A seed changes initial weights, batches, draws and all scenes.

**Made by** \`${command}\` at commit ${unique(results.map(({ commit }) => commit))}, on ${unique(results.map(({ machine: m }) => `${m.cpu}, ${m.cores} cores, Node ${m.node}, engine ${m.engine}`))}, ${first.date}.
`;
}

/** The page of the bench as a part of this one. */
const memoryPart = (page: string) => `
${page
  .trim()
  .replace(/^#/gm, "##")
  .replace(/^## .*$/m, "$&\n\nThe same kinds of networks, with the sizes that are told under the first table.")}
`;

const of = (results: readonly JobResult[], id: string) => results.filter(({ strategy }) => strategy.id === id);
const unique = (texts: readonly string[]): string => [...new Set(texts)].join("; ");
const percent = (share: number): string => (100 * share).toFixed(1);
const square = (side: number): string => `${side}²`;
const shares = (values: readonly number[]): string => spread(values.map((value) => 100 * value));

const stageAt = ({ strategy }: JobResult, side: number): StageRun =>
  strategy.stages.find((stage) => stage.side === side)!;

/** Of every seed, on scenes of every side and on the unseen ones. */
function cells(runs: readonly JobResult[], sides: readonly number[], pick: (quality: Quality) => number): string[] {
  const unseen = runs.flatMap(({ unseen }) => (unseen === null ? [] : [pick(unseen)]));
  const trained = sides.map((side) => shares(runs.map((run) => pick(stageAt(run, side).test))));
  return [...trained, unseen.length < runs.length ? "too large" : shares(unseen)];
}

function accuracyRow(runs: readonly JobResult[], sides: readonly number[]): string {
  const { name, params } = runs[0]!.strategy;
  return `| ${name} | ${cells(runs, sides, ({ accuracy }) => accuracy).join(" | ")} | ${params.toLocaleString("en")} |`;
}

const foundRow = (runs: readonly JobResult[], sides: readonly number[]): string =>
  `| ${runs[0]!.strategy.name} | ${cells(runs, sides, ({ found }) => found).join(" | ")} |`;

/** What is told against what. */
const PAIRS = [
  ["zoom-in", "attention-sampling"],
  ["zoom-in", "down-scaled"],
  ["attention-sampling", "down-scaled"],
  ["zoom-in", "full"],
  ["attention-sampling", "full"],
] as const;

/** Seed by seed: free of the luck of the seed's scenes. */
function gains(results: readonly JobResult[], a: string, b: string, pick: (run: JobResult) => number): string {
  const others = of(results, b);
  return shares(of(results, a).map((run, i) => pick(run) - pick(others[i]!)));
}

function difference(results: readonly JobResult[], a: string, b: string, sides: readonly number[]): string {
  const at = (side: number) => `${square(side)} ${gains(results, a, b, (run) => stageAt(run, side).test.accuracy)}`;
  const both = [of(results, a), of(results, b)].flat();
  const beyond = both.every(({ unseen }) => unseen !== null)
    ? [`${square(both[0]!.settings.unseen)} ${gains(results, a, b, ({ unseen }) => unseen!.accuracy)}`]
    : [];
  const name = (id: string) => of(results, id)[0]!.strategy.name;
  return `- ${name(a)} against ${name(b)}: ${[...sides.map(at), ...beyond].join(", ")}`;
}

function changeRow(results: readonly JobResult[], id: string, against: string, side: number): string {
  const strategy = STRATEGIES.find((one) => one.id === id)!;
  const base = STRATEGIES.find((one) => one.id === against)!;
  const test = gains(results, id, against, (run) => stageAt(run, side).test.accuracy);
  const early = gains(results, id, against, (run) => mean([...stageAt(run, side).measured[ACCURACY]!]));
  return `| ${base.name} | ${strategy.description} | ${test} | ${early} |`;
}

/** By kind and patches, what each seed found. */
function variancesOf(results: readonly JobResult[]) {
  const all = results.flatMap(({ variance }) => (variance.length > 0 ? [variance] : []));
  return (all[0] ?? []).map(({ kind, patches }, k) => ({ kind, patches, seeds: all.map((points) => points[k]!) }));
}

function varianceTable(points: ReturnType<typeof variancesOf>): string {
  const [first, ...others] = KINDS.map((kind) => points.filter((point) => point.kind === kind));
  const [without, published] = others as [typeof points, typeof points];
  const rows = first!.map((point, i) => {
    const [own, other] = [without[i]!, published[i]!];
    const ratio = own.seeds.map(({ noise }, seed) => noise / point.seeds[seed]!.noise);
    const numbers = [middle(own, "squaredBias"), middle(other, "noise"), middle(other, "squaredBias")];
    const cells = [middle(point, "noise"), middle(own, "noise"), spread(ratio, 2), ...numbers];
    return `| ${[point.patches, ...cells].join(" | ")} |`;
  });
  return `| patches | noise, with replacement | without | without / with | its squared bias | published | its squared bias |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}`;
}

const middle = ({ seeds }: ReturnType<typeof variancesOf>[number], what: "noise" | "squaredBias"): string =>
  rounded(median(seeds.map((point) => point[what])), 3);

/** Noise by patches, one line for each way to draw. */
export const varianceChart = (results: readonly JobResult[]): Promise<string> =>
  svgChart({
    width: 480,
    height: 260,
    data: {
      values: variancesOf(results)
        .filter(({ kind }) => kind !== KINDS[2])
        .map(({ kind, patches, seeds }) => ({ kind, patches, noise: median(seeds.map(({ noise }) => noise)) })),
    },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "patches", type: "quantitative", scale: { type: "log", base: 2 }, title: "patches of a picture" },
      y: { field: "noise", type: "quantitative", scale: { type: "log" }, title: "variance / squared true gradient" },
      color: { field: "kind", type: "nominal", title: "drawn", sort: null },
    },
  } as Parameters<typeof svgChart>[0]);
