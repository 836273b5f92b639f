import {
  bullets,
  cellOf,
  confusionCharts,
  describeVariants,
  detail,
  difference,
  figures,
  heading,
  howItWasMade,
  overSeeds,
  paragraph,
  spread,
  table,
  trainingCharts,
  type Quantity,
  type Results,
  type Section,
} from "@fovea/experiment";
import { disagreementLegend, exampleFigures, legendOf, type Example } from "./figures.js";
import type { Settings } from "./settings.js";
import { bestRate, idOf, LONG, TUNED } from "./tuning.js";
import { STUDENT } from "./variants.js";

type ApdResults = Results<readonly Example[]>;

/** A row of tables: a variant, or the student alone in a series of further runs. */
interface Trained {
  readonly name: string;
  readonly variant: string;
  readonly sweep: string | null;
}

/** What every variant came to, class by class, what each term adds, and how it was made. */
export function report(results: ApdResults): readonly Section[] {
  const all = trainedOf(results);
  const differences = differencesOf(results, all);
  return [
    paragraph(`In %, ${overSeeds(results)}. mIoU is the mean over the classes of n / (t + p − n), of n right pixels of t true and p predicted ones in all test images together.`), // prettier-ignore
    mainTable(results, all),
    ...(differences.length > 0
      ? [paragraph("Differences between two networks of the same seed, in points of test mIoU:"), bullets(differences)]
      : []),
    ...detail(
      heading("Class by class"),
      paragraph("IoU on test images in %; a dash for a class that is neither there nor found."),
      classTable(results, all),
      paragraph(
        "**Seconds** are those of training, with the evaluation on validation images. The teacher's own are not in those of students.",
      ),
      describeVariants(results),
      paragraph(
        "**Selection.** After each epoch the validation images are segmented; the weights of the best epoch are kept and tested " +
          "once. Nothing is selected on test images. Images are tested by overlapping windows, without mirroring or scales.",
      ),
      ...tuning(results),
      ...closeLook(results),
    ),
    ...howItWasMade(results, "Crops, their order and the first weights of students are the same for all; the teacher has its own width, epochs and learning rate (`teacher…`). A seed changes initial weights, crops and images."), // prettier-ignore
  ];
}

/** The variants, then the tuned students that there are. */
function trainedOf({ variants, rows }: ApdResults): Trained[] {
  const tuned = [TUNED, LONG].filter((sweep) => rows.some((row) => row.sweep === sweep));
  return [
    ...variants.map(({ id, name }) => ({ name, variant: id, sweep: null })),
    ...tuned.map((sweep) => ({ name: `student alone, ${sweep === LONG ? `tuned, ${sweep}` : sweep}`, variant: STUDENT, sweep })), // prettier-ignore
  ];
}

const cell = (results: ApdResults, { variant, sweep }: Trained, quantity: Quantity): string =>
  cellOf(results, variant, { ...quantity, sweep });

function mainTable(results: ApdResults, all: readonly Trained[]): Section {
  const params = (id: string) => results.variants.find((variant) => variant.id === id)?.params.toLocaleString("en") ?? "–"; // prettier-ignore
  return table(
    ["", "validation mIoU", "mIoU", "pixel accuracy", "seconds", "trained params"],
    all.map((one) => [
      one.name,
      cell(results, one, { metric: "miou", split: "validation" }),
      cell(results, one, { metric: "miou" }),
      cell(results, one, { metric: "accuracy" }),
      seconds(results, one),
      params(one.variant),
    ]),
  );
}

/** How long training took; of a teacher that an earlier run has trained, a dash. */
function seconds({ records }: ApdResults, { variant, sweep }: Trained): string {
  const own = records.filter((one) => one.variant === variant && one.sweep === sweep && one.stages.length > 0);
  return spread(
    own.map(({ stages }) => stages.reduce((sum, stage) => sum + stage.seconds, 0)),
    0,
  );
}

const classTable = (results: ApdResults, all: readonly Trained[]): Section =>
  table(
    ["class", ...all.map(({ name }) => name)],
    results.data.classes.map((name) => [
      name,
      ...all.map((one) => cell(results, one, { metric: "iou", at: { class: name } })),
    ]),
  );

/** What is compared with what: first each way to be taught with being alone, then one term more with one less. */
const PAIRS = [
  ["kd", STUDENT],
  ["cwd", STUDENT],
  ["apd", STUDENT],
  ["apd-unaligned", "kd"],
  ["apd", "apd-unaligned"],
  ["apd", "kd"],
  ["apd-batch", "apd"],
] as const;

function differencesOf(results: ApdResults, all: readonly Trained[]): string[] {
  const find = (id: string) => all.find(({ variant, sweep }) => variant === id && sweep === null);
  const said = (one: Trained, other: Trained) =>
    `${one.name} against ${other.name}: ` +
    difference(results, one.variant, other.variant, { metric: "miou" }, { metric: "miou", sweep: other.sweep });
  const pairs = PAIRS.map(([one, other]) => [find(one), find(other)] as const);
  const tuned = all.filter(({ sweep }) => sweep !== null).map((other) => [find("apd"), other] as const);
  return [...pairs, ...tuned].flatMap(([one, other]) => (one && other ? [said(one, other)] : []));
}

/** How the learning rate of the tuned student was chosen. */
function tuning(results: ApdResults): Section[] {
  const settings = results.settings as unknown as Settings;
  const rate = results.command === "results" ? bestRate(results, settings) : undefined;
  if (rate === undefined) return [];
  const value = (of: number) => results.records.find(({ id }) => id === idOf(of))!.stages[0]!.best!.value;
  const long = results.records.find(({ sweep }) => sweep === LONG);
  return [
    heading("The tuned student"),
    paragraph(
      "A gain over a student that could be better by itself says little. So the student alone is trained with several learning " +
        "rates, of which the best is taken, by validation mIoU of the first seed. No other network was tuned. " +
        (rate === settings.learningRate ? "All students have that rate." : "The others keep theirs."),
    ),
    table(
      ["learning rate", "validation mIoU"],
      settings.tuneRates.map((of) => [of === rate ? `**${of}**` : `${of}`, (100 * value(of)).toFixed(1)]),
    ),
    ...(long
      ? [
          paragraph(
            `It is trained for ${settings.epochs} epochs, as all students are, and for ${String(long.settings["epochs"])}, which take as ` +
              "long as APD does, the teacher's training not counted.",
          ),
        ]
      : []),
  ];
}

/** What `run` shows of training and of single images. */
function closeLook(results: ApdResults): Section[] {
  if (results.command !== "run") return [];
  const shown = results.variants.flatMap(({ id, name }) => {
    const examples = results.records.find((record) => record.variant === id)?.figures ?? [];
    return examples.length > 0 ? [{ name, examples }] : [];
  });
  return [
    heading("Training"),
    trainingCharts(results),
    heading("Which classes are taken for which"),
    paragraph("Pixels of test images."),
    confusionCharts(results),
    heading("Image by image"),
    paragraph("Test images that the seed picked."),
    figures([legendOf(results.data.classes), disagreementLegend(), ...exampleFigures(shown)]),
  ];
}
