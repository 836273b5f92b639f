import { readFileSync } from "node:fs";
import {
  bullets,
  cellOf,
  difference,
  formatted,
  heading,
  howItWasMade,
  overSeeds,
  paragraph,
  percent,
  table,
  valuesOf,
  variantTable,
  type Column,
  type Quantity,
  type Results,
  type Section,
} from "@fovea/experiment";
import { mean } from "simple-statistics";
import type { Settings } from "./settings.js";
import { gradientSections } from "./variance-report.js";

const settingsOf = (results: Results) => results.settings as unknown as Settings;

/** Whether it is about scenes, and not about images of one's own. */
export const isPainted = (results: Results): boolean => settingsOf(results).data === "signs";

/** Sizes of the scenes that were learned from; null for images of one's own. */
export const sizesOf = (results: Results): readonly (number | null)[] =>
  isPainted(results) ? settingsOf(results).sizes : [null];

export const square = (size: number | null): string => (size === null ? "test" : `${size}²`);

/** What is to be said of the budget beside the settings. */
export const howTrained = (results: Results): string =>
  (isPainted(results)
    ? "The feature network of every variant is first pretrained to tell other signs apart, from small scenes of one sign each, at " +
      "full resolution unless its variant says otherwise. So ordinary networks start with the same features as the others, and no " +
      "variant starts with trained attention. Each image size starts from the weights of the size before. "
    : "Settings of scenes, and of what is learned before them, play no part. ") +
  "After each epoch the validation images are classified; the best epoch is kept and tested once, with the patches of highest attention. " +
  `A seed changes initial weights, batches, draws and ${isPainted(results) ? "all scenes" : "the splits that are drawn"}.`;

/** The page of `results`. */
export function pageSections(results: Results): Section[] {
  const { memory } = settingsOf(results);
  const networks = { ...results, variants: results.variants.filter(({ baseline }) => baseline === undefined) };
  const attending = { ...results, variants: networks.variants.filter(({ id }) => ["zoom-in", "attention-sampling"].includes(id)) }; // prettier-ignore
  return [
    paragraph(introduction(results)),
    variantTable(networks, [...columnsOf(networks, "accuracy"), PARAMS], "test accuracy"),
    ...(isPainted(results) && attending.variants.length > 0
      ? [
          paragraph("Sign seen: of the test scenes with such a sign, those in which at least one patch shows half of it or more, in %. Networks are never told where the sign is."), // prettier-ignore
          variantTable(attending, columnsOf(attending, "found"), "sign seen"),
        ]
      : []),
    bullets(networks.variants.map(({ name, description }) => `${name}: ${description}.`)),
    ...differenceSections(networks),
    ...changeSections(results),
    ...gradientSections(results),
    ...(memory === "" ? [] : [memorySection(memory)]),
    ...howItWasMade(results, howTrained(results)),
  ];
}

const PARAMS: Column = { title: "params", cell: ({ params }) => params.toLocaleString("en") };

function introduction(results: Results): string {
  const { signSize } = settingsOf(results);
  const { name, description, classes, sizes } = results.data;
  const numbers = `Test accuracy in %, ${overSeeds(results)}, on ${sizes["test"]} images each. Chance is ${percent(1 / classes.length)} %.`;
  if (!isPainted(results)) return `${name}: ${description} Classes: ${classes.join(", ")}. ${numbers}`;
  return (
    `A scene shows several signs. Its class is the one sign among them that is of ${classes.length - 1} given meanings, or none: ` +
    `${classes.join(", ")}. Signs are ${signSize.join(" to ")} pixels wide in scenes of every size, and scenes of one seed have the same ` +
    `signs at every size. So columns differ only in what is around the signs. ${numbers}`
  );
}

/** A metric on scenes of one size, or on images of one's own. */
export const at = (metric: string, size: number | null, split: "validation" | "test" = "test"): Quantity => ({
  ...{ metric, split },
  at: size === null ? {} : split === "test" ? { size } : { stage: String(size) },
});

/** A column for each size that was learned from, and one for scenes that were only tested on. */
function columnsOf(results: Results, metric: string): Column[] {
  const trained = sizesOf(results).map((size) => ({ title: square(size), cell: at(metric, size) }));
  if (!isPainted(results)) return trained;
  const { unseen } = settingsOf(results);
  const cell: Column["cell"] = ({ id }) =>
    valuesOf(results, id, at(metric, unseen)).includes(null) ? "too large" : cellOf(results, id, at(metric, unseen));
  return [...trained, { title: `${square(unseen)}, not trained on`, cell }];
}

/** What is compared with what. */
const PAIRS = [
  ["zoom-in", "attention-sampling"],
  ["zoom-in", "down-scaled"],
  ["attention-sampling", "down-scaled"],
  ["zoom-in", "full"],
  ["attention-sampling", "full"],
] as const;

function differenceSections(results: Results): Section[] {
  const sizes = isPainted(results) ? [...sizesOf(results), settingsOf(results).unseen] : sizesOf(results);
  const nameOf = (id: string) => results.variants.find((variant) => variant.id === id)?.name;
  const sentences = PAIRS.filter((pair) => pair.every(nameOf)).map(([a, b]) => {
    const compared = sizes.filter((size) => [a, b].every((id) => !valuesOf(results, id, at("accuracy", size)).includes(null))); // prettier-ignore
    const gains = compared.map((size) => `${square(size)} ${difference(results, a, b, at("accuracy", size))}`);
    return `${nameOf(a)} against ${nameOf(b)}: ${gains.join(", ")}`;
  });
  if (sentences.length === 0) return [];
  return [
    paragraph("Differences between two variants of the same seed, in points of test accuracy:"),
    bullets(sentences),
  ];
}

/** Variants that differ from another in one thing. */
function changeSections(results: Results): Section[] {
  const [first = null] = sizesOf(results);
  const rows = results.variants.flatMap(({ id, description, baseline }) => {
    const base = results.variants.find((variant) => variant.id === baseline);
    if (!base) return [];
    const test = difference(results, id, base.id, at("accuracy", first));
    const [mine, theirs] = [meansOverEpochs(results, id), meansOverEpochs(results, base.id)];
    const early = formatted(results.metrics["accuracy"]!, mine.map((value, i) => value - theirs[i]!)); // prettier-ignore
    return [[description, base.name, test, early]];
  });
  if (rows.length === 0) return [];
  return [
    heading("One change at a time"),
    paragraph(
      `Each row differs in one thing only from the variant that it is compared with ("against")${first === null ? "" : `, on scenes of ${square(first)}`}. ` +
        '"all epochs" is the validation accuracy, averaged over all epochs: it is higher for a variant that learns sooner. ' +
        "Differences for the same seed, in points.",
    ),
    table(["what changes", "against", "test", "all epochs"], rows),
  ];
}

/** Validation accuracy on the first size, averaged over the epochs, by seed. */
const meansOverEpochs = ({ records, seeds }: Results, id: string): number[] =>
  seeds.flatMap((seed) => {
    const record = records.find(({ variant, settings }) => variant === id && settings.seed === seed);
    return record ? [mean([...record.stages[0]!.validation["accuracy"]!])] : [];
  });

/** The page of the bench as a part of this one. */
function memorySection(path: string): Section {
  const text = measuredIn(path)
    .trim()
    .replace(/^#/gm, "##")
    .replace(/^## .*$/m, "$&\n\nThe same kinds of networks, with the sizes that are given below the first table.");
  return { kind: "markdown", text };
}

/** What the bench has measured. @throws Error if there is no such file */
export function measuredIn(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`zoomin: cannot read --memory ${path}; \`npm run bench -- large --md ${path}\` writes it.`, {
      cause,
    });
  }
}
