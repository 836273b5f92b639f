import {
  baselineDifferences,
  bullets,
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
  trainingCharts,
  variantTable,
  type Figure,
  type Quantity,
  type Results,
  type Section,
} from "@fovea/experiment";
import type { TextAtTest } from "./batches.js";

type PmaResults = Results<readonly Figure[]>;

const top1 = (text: TextAtTest): Quantity => ({ metric: "top1", at: { text } });

/** What every variant came to with how much text, what each part adds, and how it was made. */
export function report(results: PmaResults): readonly Section[] {
  const columns = [
    { title: "validation", cell: { metric: "top1", split: "validation" } },
    { title: "all text", cell: top1("all") },
    { title: "one sentence", cell: top1("one") },
    { title: "no text", cell: top1("none") },
    { title: "trained params", cell: ({ params }: { readonly params: number }) => params.toLocaleString("en") },
  ] as const;
  const differences = [...baselineDifferences(results, [{ metric: "top1", at: { text: "all" } }]), ...closeness(results)]; // prettier-ignore
  return [
    paragraph(
      `Test top-1 in %, ${overSeeds(results)}, with all sentences about an image, the first one, or none. Guessing gives ` +
        `${percent(1 / results.data.classes.length)} %.`,
    ),
    variantTable(results, columns),
    ...(differences.length > 0
      ? [paragraph("Differences between two variants of the same seed, in points:"), bullets(differences)]
      : []),
    ...detail(
      describeVariants(results),
      paragraph(
        "**Text at the test.** What takes no text does the same with any. Without text, the features of the text are zeros, " +
          "which no network but the one whose text may be missing has met in training; `bimodalPma` refuses such samples " +
          "unless it is told otherwise.",
      ),
      paragraph(
        "**Selection.** After each epoch the validation images are classified with all sentences; the weights of the best epoch " +
          "are kept and tested once. Nothing is selected on test images.",
      ),
      ...closeLook(results),
    ),
    ...howItWasMade(results, "All start from the same ImageNet trunk and move the same part of it. The student's teacher is trained as the bi-modal variant is. A seed changes initial weights, batches, sentences, poses and backgrounds."), // prettier-ignore
  ];
}

/** How close the student comes to its teacher. */
function closeness(results: PmaResults): string[] {
  const has = (id: string) => results.variants.some((variant) => variant.id === id);
  if (!has("student") || !has("pma")) return [];
  return [
    `The student, which sees no text, against its teacher with all text: ${difference(results, "student", "pma", top1("all"))}; ` + // prettier-ignore
      `against its teacher without text: ${difference(results, "student", "pma", top1("none"))}`,
  ];
}

/** What `run` shows of training and of single images. */
function closeLook(results: PmaResults): Section[] {
  if (results.command !== "run") return [];
  const examples = results.records.flatMap((record) => record.figures ?? []);
  return [
    heading("Training"),
    trainingCharts(results),
    heading("Which classes are taken for which"),
    confusionCharts(results),
    ...(examples.length === 0
      ? []
      : [
          heading("What each stage looked at"),
          paragraph(
            "Test images that the seed picked, right ones first, then wrong ones. A stage takes the block of the map that it gives the most " +
              "attention, numbered on the image, and weighs the phrases by how well they go with the block. Phrases that go with it clearly " +
              "are struck out, and what is left is weighed once more. Blocks and phrases that are struck out are not seen by later stages.",
          ),
          figures(examples),
        ]),
  ];
}
