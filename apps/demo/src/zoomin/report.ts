import {
  cellOf,
  confusionCharts,
  describeVariants,
  detail,
  figures,
  heading,
  howItWasMade,
  overSeeds,
  paragraph,
  percent,
  table,
  trainingCharts,
  valuesOf,
  type Results,
  type Section,
  type VariantSummary,
} from "@fovea/experiment";
import { beyondChance } from "./evaluate.js";
import type { Explanation, LargeResult } from "./explain.js";
import { at, howTrained, isPainted, pageSections, sizesOf, square } from "./results-page.js";

/** What the report of `run`, or the page of `results`, says. */
export const reportOf = (results: Results<Explanation>): Section[] =>
  results.command === "results" ? pageSections(results) : runSections(results);

function runSections(results: Results<Explanation>): Section[] {
  const { data } = results;
  const chance = `Chance is ${percent(1 / data.classes.length)} %.`;
  return [
    paragraph(`**${data.name}**: ${data.description} Classes: ${data.classes.join(", ")}. ${chance}`),
    heading("Accuracy"),
    qualityTable(results),
    paragraph(`In %, ${overSeeds(results)}. The weights of the epoch with the best validation accuracy are tested, with the patches of highest attention.${isPainted(results) ? FOUND : ""}`), // prettier-ignore
    ...notLearned(results),
    ...detail(describeVariants(results)),
    ...largeSections(results),
    ...detail(
      ...results.variants.flatMap((variant) => lookSections(results, variant)),
      heading("Training"),
      trainingCharts(results),
      heading("Which classes are confused"),
      confusionCharts(results),
    ),
    ...howItWasMade(results, howTrained(results)),
  ];
}

const FOUND = " **Sign seen**: of the test scenes with a sign that gives the class, those in which at least one patch shows half of it or more. Networks are never told where the sign is."; // prettier-ignore

/** What every variant came to on scenes of every size, no wider than a terminal. */
function qualityTable(results: Results): Section {
  const sizes = sizesOf(results);
  const rows = results.variants.flatMap(({ id, name, params }) =>
    sizes.map((size, i) => {
      const of = (metric: string, split: "validation" | "test") => cellOf(results, id, at(metric, size, split));
      return [
        ...(size === null ? [name] : [name, square(size)]),
        ...[of("accuracy", "validation"), of("accuracy", "test"), ...(size === null ? [] : [of("found", "test")])],
        ...[params.toLocaleString("en"), secondsOf(results, id, i).toFixed(0)],
      ];
    }),
  );
  const [size, found] = sizes[0] === null ? [[], []] : [["size"], ["sign seen"]];
  return table(["%", ...size, "validation", "test", ...found, "params", "s"], rows);
}

/** Seconds of training of a stage with the first seed. */
const secondsOf = ({ records, seeds }: Results, id: string, stage: number): number =>
  records.find(({ variant, settings }) => variant === id && settings.seed === seeds[0])?.stages[stage]?.seconds ?? 0;

function notLearned(results: Results): Section[] {
  const { classes, sizes } = results.data;
  const isLearned = (accuracy: number | null) => beyondChance(accuracy ?? 0, sizes["test"]!, classes.length);
  const last = at("accuracy", sizesOf(results).at(-1)!);
  const atChance = results.variants.filter(({ id }) => !valuesOf(results, id, last).every(isLearned));
  if (atChance.length === 0) return [];
  const names = atChance.map(({ name }) => name).join(" and ");
  return [
    paragraph(
      `**Not learned:** ${names} ${atChance.length > 1 ? "are" : "is"} no better than chance on the test images (within two standard ` +
        "errors). Training was too short; where it looks below means little.",
    ),
  ];
}

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** What became of the large scene. */
function largeSections({ records, variants }: Results<Explanation>): Section[] {
  const found = variants.flatMap(({ id, name }) => {
    const large = records.find(({ variant, figures: own }) => variant === id && own?.large)?.figures?.large;
    return large ? [{ name, large }] : [];
  });
  const [first] = found;
  if (!first) return [];
  const { size, fileBytes, pixelBytes } = first.large;
  const row = ({ answer }: LargeResult) =>
    answer ? [answer.text, answer.found ? "yes" : "no", answer.seconds.toFixed(1)] : ["too large", "–", "–"];
  const peak = mega(Math.max(...found.map(({ large }) => large.peakBytes)));
  return [
    heading("An image that was never in memory"),
    table([`${size} × ${size}`, "says", "sign seen", "s"], found.map(({ name, large }) => [name, ...row(large)])),
    paragraph(
      `A scene written as a tiled BigTIFF and read back from it: ${mega(fileBytes)} as a file, ${mega(pixelBytes)} as pixels. One image ` +
        `says nothing about accuracy. Peak memory of the process (RSS) was ${peak}, with training and the small scenes, which are kept in memory.`,
    ),
  ]; // prettier-ignore
}

/** Where one variant looked, on the first seed. */
function lookSections(results: Results<Explanation>, { id, name }: VariantSummary): Section[] {
  const shown = results.records.find(({ variant, figures: own }) => variant === id && own)?.figures?.figures ?? [];
  if (shown.length === 0) return [];
  const [first, sign] = isPainted(results) ? ["The large scene first, if there is one, then t", ", the sign that gives the class green"] : ["T", ""]; // prettier-ignore
  return [
    heading(`Where it looked: ${name}`),
    paragraph(
      `${first}est images: some that it classifies correctly, and some that it does not. Positions without attention are dark; chosen tiles ` +
        `are blue, patches orange${sign}. Attention is shown relative to the highest value of its image, or of its tile.`,
    ),
    figures(shown),
  ];
}
