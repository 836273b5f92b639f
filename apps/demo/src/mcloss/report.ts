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
import { bestCell, chosenSweep, gridJobs, idOf } from "./grid.js";
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
  const chance = `Guessing gives ${percent(1 / data.classes.length)} % top-1`;
  const quantities = [{ metric: "top1" }, { metric: "top1", split: "validation" }, ...(families ? [{ metric: "sisters" }] : [])] as const; // prettier-ignore
  const differences = baselineDifferences(results, quantities);
  return [
    paragraph(
      `In %, ${overSeeds(results)}. ${chance}${families ? `, and ${percent(sisterShareByChance(families))} % of its errors stay in the family` : ""}.`,
    ),
    variantTable(results, columns),
    ...(differences.length > 0
      ? [paragraph("Differences between two variants of the same seed, in points:"), bullets(differences)]
      : []),
    ...detail(
      paragraph(
        (families ? "**Sister errors**: the share of test errors that stay in the family of the true class. " : "") +
          "**Map alone**: top-1 of the last map without the head; the score of a class is the largest of its channels, averaged " +
          "over the positions. **Diversity**: the mean of h over the test images: 1 if all channels of a class are active at " +
          "the same position, ξ if they are active at ξ different positions. Networks without MC-Loss have no channels of a " +
          "class; both are measured in the same way for them, as if they had.",
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
              "h says at how many positions the channels of the class are active.",
          ),
          figures(exampleFigures(shown)),
        ]),
  ];
}

/** Validation accuracy by the weights of the two terms, and the full budget with the best ones. */
function grid(results: McLossResults): Section[] {
  const settings = results.settings as unknown as Settings;
  if (results.command !== "results" || gridJobs(settings).length === 0) return [];
  const { gridAlphas: alphas, gridBetas: betas, gridEpochs, epochs, alpha, beta } = settings;
  const value = (id: string) => results.records.find((record) => record.id === id)?.stages[0]!.best!.value ?? null;
  const best = bestCell(results, settings)!;
  const cell = (a: number, b: number) => {
    const text = percent(value(idOf({ alpha: a, beta: b })));
    return a === best.alpha && b === best.beta ? `**${text}**` : text;
  };
  const name = results.variants.find(({ id }) => id === "mc")?.name ?? "mc";
  const sweep = chosenSweep(best);
  const full = { metric: "top1", sweep } as const;
  const chosen = valuesOf(results, "mc", full).length > 0;
  const gain = (split: "validation" | "test") => difference(results, "mc", "ce-wide", { ...full, split }, { metric: "top1", split }); // prettier-ignore
  return [
    heading("The weights of the two terms"),
    paragraph(
      `Validation accuracy in % of "${name}", one seed, trained for ${gridEpochs} epochs instead of ${epochs}; the best epoch of ` +
        `each run. The test images were not used. With cross-entropy alone it is ${percent(value("grid/ce"))}.`,
    ),
    table(["alpha \\ beta", ...betas.map(String)], alphas.map((a) => [String(a), ...betas.map((b) => cell(a, b))])), // prettier-ignore
    paragraph(
      `Best: alpha ${best.alpha}, beta ${best.beta}. In the authors' plot (VGG-16 from scratch on CUB-200, best test accuracy over ` +
        `the epochs) alpha 1.5, beta 20 is best, and alpha 0.1 loses half of the accuracy for every beta. The results above use ` +
        `${alpha === 1.5 && beta === 20 ? "the authors' weights, " : ""}alpha ${alpha} and beta ${beta}.`,
    ),
    ...(chosen
      ? [
          paragraph(
            `With the weights of the best cell, alpha ${best.alpha} and beta ${best.beta}, and the full budget: validation ` +
              `${cellOf(results, "mc", { ...full, split: "validation" })}, test top-1 ${cellOf(results, "mc", full)}. That is ` +
              `${gain("validation")} and ${gain("test")} points more than cross-entropy alone with the same seed.`,
          ),
        ]
      : []),
  ];
}
