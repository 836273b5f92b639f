import { spread } from "../statistics.js";
import { sisterShareByChance } from "./evaluate.js";
import { bestCell, gridId, type JobResult, type Plan } from "./jobs.js";
import type { StrategyRun } from "./run.js";
import { STRATEGIES } from "./strategies.js";
import { percent } from "./table.js";

/** What a seed says of one strategy. */
type Tested = JobResult & { readonly strategy: StrategyRun };

/** The page, as Markdown. @param results - of every job of the plan */
export function resultsPage(results: readonly JobResult[], plan: Plan, command: string): string {
  const all = results.filter((result): result is Tested => result.strategy.test !== null);
  const chosen = all.filter(({ id }) => id.endsWith("/mc-chosen"));
  const tested = all.filter((result) => !chosen.includes(result));
  const { data } = tested.at(-1)!;
  const chance = { top1: percent(1 / data.classes.length), sisters: percent(sisterShareByChance(data.families)) };
  const machines = results.map(({ machine: m }) => `${m.cpu}, ${m.cores} cores, Node ${m.node}, engine ${m.engine}`);
  const sources = [...new Set(tested.flatMap((result) => result.data.sources.map(({ name }) => `\`${name}\``)))];
  return `# MC-Loss: cross-entropy with and without the mutual-channel loss

In %, mean ± standard deviation over ${plan.seeds} seeds. Chance is ${chance.top1} % top-1, and ${chance.sisters} % of errors in the family.

| strategy | validation | test top-1 | test top-5 | sister errors | map alone | diversity h | trained params |
| --- | --- | --- | --- | --- | --- | --- | --- |
${STRATEGIES.map(({ id }) => strategyRow(tested.filter(({ strategy }) => strategy.id === id))).join("\n")}

Differences within a seed, in points:

${comparisons(tested)}

**Sister errors**: the share of test errors that stay in the family. **Map alone**: top-1 of the last map without the head, by the
largest of each class's channels, averaged over the places. **Diversity**: mean h on test pictures; 1 if the channels of a class
look at one place, ξ if at ξ places. Both for groups of channels that a network without MC-Loss knows nothing of, too.

${STRATEGIES.map(({ name, description }) => `- ${name}: ${description}`).join("\n")}

**Selection.** After each epoch the validation pictures are classified; the weights of the best epoch are kept, and are tested once.
Nothing is selected on test pictures. The paper's authors report the best test accuracy over the epochs.
${grid(results, plan)}${withChosen(chosen, tested)}
**Data.** ${data.name}: ${data.description} ${data.classes.length} classes in ${new Set(data.families).size} families; ${data.trainImages} pictures to learn from, ${data.validationImages} to choose on, ${data.testImages} to be tested on. Pictures and weights from ${sources.join(", ")}; their authors and licenses are in the README of \`@fovea/open-datasets\`.

**Budget.** The same for all of a kind: ${Object.entries(plan.settings)
    .filter(([key]) => key !== "data" && key !== "seed")
    .map(([key, value]) => `${key} ${value}`)
    .join(
      ", ",
    )}; AdamW, one-cycle. Batches, their order and the kind of head are the same. \`tune…\` is of the pretrained
networks, whose loss has the weights for tuning. A seed changes initial weights, batches, poses and backgrounds of all pictures.

**Made by** \`${command}\` at commit ${unique(results.map(({ commit }) => commit))}, on ${unique(machines)}, ${tested[0]!.date}.
`;
}

const unique = (texts: readonly string[]): string => [...new Set(texts)].join("; ");

function strategyRow(runs: readonly Tested[]): string {
  const { name, params, channels } = runs[0]!.strategy;
  const cell = (pick: (run: StrategyRun) => number | null) => shares(runs.map(({ strategy }) => pick(strategy)));
  const cells = [
    cell(({ best }) => best.accuracy),
    cell(({ test }) => test.top1),
    cell(({ test }) => test.top5),
    cell(({ test }) => test.sisters),
    cell(({ test }) => test.map),
    diversities(runs, channels),
  ];
  return `| ${name} | ${cells.join(" | ")} | ${params.toLocaleString("en")} |`;
}

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

function shares(values: readonly (number | null)[]): string {
  const percents = known(values).map((value) => 100 * value);
  return percents.length === 0 ? "–" : spread(percents);
}

function diversities(runs: readonly Tested[], [least, most]: readonly [number, number]): string {
  const values = known(runs.map(({ strategy }) => strategy.test.diversity));
  return values.length === 0 ? "–" : `${spread(values, 2)} of ${least === most ? most : `${least}–${most}`}`;
}

/** What MC-Loss changes, seed by seed: such a difference is free of the luck of the seed's pictures. */
function comparisons(tested: readonly Tested[]): string {
  return STRATEGIES.flatMap(({ id, name, baseline }) => {
    const base = STRATEGIES.find((strategy) => strategy.id === baseline);
    if (!base) return [];
    const of = (strategy: string) => tested.filter((result) => result.strategy.id === strategy);
    const gain = (pick: (run: StrategyRun) => number | null) =>
      shares(
        of(id).map((mine, i) => {
          const [a, b] = [pick(mine.strategy), pick(of(base.id)[i]!.strategy)];
          return a === null || b === null ? null : a - b;
        }),
      );
    const validation = gain(({ best }) => best.accuracy);
    const [top1, sisters] = [gain(({ test }) => test.top1), gain(({ test }) => test.sisters)];
    return [`- ${name} against ${base.name}: test top-1 ${top1}, validation ${validation}, sister errors ${sisters}`];
  }).join("\n");
}

/** Validation accuracy by the weights of the two terms. */
function grid(results: readonly JobResult[], { alphas, betas, gridEpochs, settings }: Plan): string {
  if (alphas.length * betas.length === 0) return "";
  const accuracy = (id: string) => results.find((result) => result.id === id)!.strategy.best.accuracy;
  const cells = alphas.map((alpha) => betas.map((beta) => accuracy(gridId(alpha, beta))));
  const best = bestCell({ alphas, betas }, results)!;
  const cell = (value: number, alpha: number, beta: number) =>
    alpha === best.alpha && beta === best.beta ? `**${percent(value)}**` : percent(value);
  const rows = alphas.map(
    (alpha, i) => `| ${alpha} | ${cells[i]!.map((value, j) => cell(value, alpha, betas[j]!)).join(" | ")} |`,
  );
  return `
## The weights of the two terms

Validation accuracy in % of "${STRATEGIES.find(({ id }) => id === "mc")!.name}", one seed, trained for ${gridEpochs} passes instead of ${settings.epochs}, the best epoch of each. The test
pictures were not looked at. With cross-entropy alone it is ${percent(accuracy("grid/ce"))}.

| alpha \\ beta | ${betas.join(" | ")} |
| --- | ${betas.map(() => "---").join(" | ")} |
${rows.join("\n")}

Best: alpha ${best.alpha}, beta ${best.beta}. In the authors' plot (VGG-16 from scratch on CUB-200, best test accuracy over the epochs) it is alpha 1.5,
beta 20, and alpha 0.1 loses half of the accuracy whatever beta is. The results above are with alpha ${settings.alpha}, beta ${settings.beta}, theirs.
`;
}

/** The whole budget again, with the weights that the grid chose. */
function withChosen(chosen: readonly Tested[], tested: readonly Tested[]): string {
  if (chosen.length === 0) return "\n## How it was made\n";
  const { alpha, beta } = chosen[0]!.settings as { readonly alpha: number; readonly beta: number };
  const plain = tested.filter(({ strategy }) => strategy.id === "ce-wide");
  const top1 = ({ strategy }: Tested) => strategy.test.top1;
  const validation = ({ strategy }: Tested) => strategy.best.accuracy;
  const gain = (pick: (run: Tested) => number) => shares(chosen.map((run, i) => pick(run) - pick(plain[i]!)));
  return `
With the best cell's weights, alpha ${alpha} and beta ${beta}, and the whole budget: validation ${shares(chosen.map(validation))}, test top-1
${shares(chosen.map(top1))}, which is ${gain(validation)} and ${gain(top1)} points against cross-entropy alone, within a seed.

## How it was made
`;
}
