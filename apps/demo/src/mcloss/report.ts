import {
  baselineDifferences,
  bullets,
  cellOf,
  confusedPairs,
  confusionCharts,
  describeVariants,
  detail,
  difference,
  figures,
  heading,
  howItWasMade,
  overSeeds,
  paragraph,
  percent,
  table,
  trainingCharts,
  valuesOf,
  variantTable,
  type JobRecord,
  type Results,
  type Section,
  type VariantSummary,
} from "@fovea/experiment";
import { sisterShareByChance } from "./evaluate.js";
import { exampleFigures, type Example } from "./figures.js";
import { bestCell, gridJobs, chosenSweep } from "./grid.js";
import type { Settings } from "./settings.js";

type McLossResults = Results<readonly Example[]>;

/** What every variant came to, what MC-Loss changes, the grid, and how it was made. */
export function report(results: McLossResults): readonly Section[] {
  const { data } = results;
  const families = (data.details as { readonly families: readonly string[] | null }).families;
  const columns = [
    { title: "validation", cell: { metric: "top1", split: "validation" } },
    { title: "top-1", cell: { metric: "top1" } },
    { title: "top-5", cell: { metric: "top5" } },
    ...(families ? [{ title: "sister errors", cell: { metric: "sisters" } } as const] : []),
    { title: "map alone", cell: { metric: "map" } },
    { title: "diversity h", cell: ({ id }: VariantSummary) => diversityCell(results, id) },
    { title: "trained params", cell: ({ params }: VariantSummary) => params.toLocaleString("en") },
  ] as const;
  const chance = `Chance is ${percent(1 / data.classes.length)} % top-1`;
  const quantities = [{ metric: "top1" }, { metric: "top1", split: "validation" }, ...(families ? [{ metric: "sisters" }] : [])] as const; // prettier-ignore
  const differences = baselineDifferences(results, quantities);
  return [
    paragraph(
      `In %, ${overSeeds(results)}. ${chance}${families ? `, and ${percent(sisterShareByChance(families))} % of errors in the family` : ""}.`,
    ),
    variantTable(results, columns),
    ...(differences.length > 0 ? [paragraph("Differences within a seed, in points:"), bullets(differences)] : []),
    ...detail(
      paragraph(
        (families ? "**Sister errors**: the share of test errors that stay in the family of the true class. " : "") +
          "**Map alone**: top-1 of the last map without the head, by the largest of each class's channels, averaged over the " +
          "places. **Diversity**: mean h on test images: 1 if the channels of a class are active at one place, ξ if at ξ " +
          "places. Both are measured in the same way for networks without MC-Loss, which have no channels of a class.",
      ),
      describeVariants(results),
      paragraph(
        "**Selection.** After each epoch the validation images are classified; the weights of the best epoch are kept and " +
          "tested once. Nothing is selected on test images. The authors of the paper report the best test accuracy over the epochs.",
      ),
      ...grid(results),
      ...closeLook(results, families),
    ),
    ...howItWasMade(results, "Batches, their order and the kind of head are the same for all. `tune…` is for the pretrained networks, whose loss has the weights for tuning. A seed changes initial weights, batches, poses and backgrounds of all images."), // prettier-ignore
  ];
}

const detailsOf = ({ test }: JobRecord) => test!.details as { readonly channels: readonly [number, number] };

/** Such as "2.32 ± 0.02 of 3", or "4.30 of 28–29". */
function diversityCell(results: McLossResults, variant: string): string {
  const values = valuesOf(results, variant, { metric: "diversity" });
  if (values.every((value) => value === null)) return "–";
  const [least, most] = detailsOf(
    results.records.find((record) => record.variant === variant && record.test)!,
  ).channels;
  return `${cellOf(results, variant, { metric: "diversity" })} of ${least === most ? most : `${least}–${most}`}`;
}

/** What `run` shows of training and of single images. */
function closeLook(results: McLossResults, families: readonly string[] | null): Section[] {
  if (results.command !== "run") return [];
  const shown = results.variants.flatMap(({ id, name }) => {
    const examples = results.records.find((record) => record.variant === id)?.figures ?? [];
    return examples.length > 0 ? [{ name, examples }] : [];
  });
  return [
    heading("Training"),
    trainingCharts(results),
    heading("Which classes are taken for which"),
    confusionCharts(results),
    ...(families
      ? [
          paragraph("Pairs of one family that are taken for each other most often, by how many test images:"),
          confusedPairs(results, (a, b) => families[a] === families[b]),
        ]
      : []),
    ...(shown.length === 0
      ? []
      : [
          heading("Where the channels are active"),
          paragraph(
            "Test images that the seed picked, one of a class. For each network, the channels of the true class and of the " +
              "likeliest other class: the image is bright where the channel is active; all channels of a network have one scale. " +
              "h says whether the channels of the class are active at different places.",
          ),
          figures(exampleFigures(shown)),
        ]),
  ];
}

/** Validation accuracy by the weights of the two terms, and the whole budget with the best ones. */
function grid(results: McLossResults): Section[] {
  const settings = results.settings as unknown as Settings;
  if (results.command !== "results" || gridJobs(settings).length === 0) return [];
  const { gridAlphas: alphas, gridBetas: betas, gridEpochs, epochs, alpha, beta } = settings;
  const value = (id: string) => results.records.find((record) => record.id === id)?.stages[0]!.best!.value ?? null;
  const best = bestCell(results, settings)!;
  const cell = (a: number, b: number) => {
    const text = percent(value(`grid/alpha-${a}-beta-${b}`));
    return a === best.alpha && b === best.beta ? `**${text}**` : text;
  };
  const name = results.variants.find(({ id }) => id === "mc")?.name ?? "mc";
  const sweep = chosenSweep(best);
  const whole = { metric: "top1", sweep } as const;
  const chosen = valuesOf(results, "mc", whole).length > 0;
  const gain = (split: "validation" | "test") => difference(results, "mc", "ce-wide", { ...whole, split }, { metric: "top1", split }); // prettier-ignore
  return [
    heading("The weights of the two terms"),
    paragraph(
      `Validation accuracy in % of "${name}", one seed, trained for ${gridEpochs} epochs instead of ${epochs}, the best epoch of ` +
        `each. The test images were not used. With cross-entropy alone it is ${percent(value("grid/ce"))}.`,
    ),
    table(["alpha \\ beta", ...betas.map(String)], alphas.map((a) => [String(a), ...betas.map((b) => cell(a, b))])), // prettier-ignore
    paragraph(
      `Best: alpha ${best.alpha}, beta ${best.beta}. In the authors' plot (VGG-16 from scratch on CUB-200, best test accuracy over ` +
        `the epochs) it is alpha 1.5, beta 20, and alpha 0.1 loses half of the accuracy whatever beta is. The results above are ` +
        `with alpha ${alpha}, beta ${beta}, which are theirs.`,
    ),
    ...(chosen
      ? [
          paragraph(
            `With the weights of the best cell, alpha ${best.alpha} and beta ${best.beta}, and the whole budget: validation ` +
              `${cellOf(results, "mc", { ...whole, split: "validation" })}, test top-1 ${cellOf(results, "mc", whole)}, which is ` +
              `${gain("validation")} and ${gain("test")} points more than cross-entropy alone, within a seed.`,
          ),
        ]
      : []),
  ];
}
