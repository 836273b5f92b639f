import { colorsOfLabels, vocColors, type LabelMap, type SegmentationSet } from "@fovea/data";
import { percent, type Figure, type FigureImage } from "@fovea/experiment";
import { rng, type Pixels } from "@fovea/nn";
import type { Segmenter } from "@fovea/segmentation";
import { pngOf } from "../export/golden-image.js";
import { labelsOf } from "./evaluate.js";
import type { Settings } from "./settings.js";
import type { ApdData } from "./task.js";

/** What one network makes of one test image; images are `data:` addresses. */
export interface Example {
  readonly id: string;
  readonly image: string;
  readonly truth: string;
  readonly prediction: string;
  /** Share of the pixels with a label that are right. */
  readonly right: number;
  /** Where a teacher says something else, and who is right; null for the teacher itself, and without one. */
  readonly disagreement: string | null;
}

const EXAMPLES = 5;

/** A few test images that the seed picks. @param teacher - to be compared with. Default: none */
export async function examplesOf(
  model: Segmenter,
  { test }: ApdData,
  { seed, size }: Settings,
  teacher?: Segmenter,
): Promise<Example[]> {
  const order = [...rng(seed).split("examples").permutation(test.items.length)];
  const examples: Example[] = [];
  for (const at of order.slice(0, EXAMPLES).sort((a, b) => a - b)) {
    const { id, load } = test.items[at]!;
    const { image, labels: truth } = await load();
    const said = await labelsOf(model, image, size);
    const taught = teacher && (await labelsOf(teacher, image, size));
    examples.push({
      ...{ id, image: await addressOf(image), truth: await addressOf(colorsOfLabels(truth)) },
      ...{ prediction: await addressOf(colorsOfLabels(said)), right: rightShare(said, truth, test) },
      disagreement: taught ? await addressOf(disagreement(said, taught, truth, test)) : null,
    });
  }
  return examples;
}

const COLORS = { student: [255, 176, 0], teacher: [72, 133, 255], neither: [170, 60, 90], same: [28, 28, 32] } as const;

/** Where student and teacher say different things, in the colour of who is right. Elsewhere it is dark. */
export function disagreement(
  student: LabelMap,
  teacher: LabelMap,
  truth: LabelMap,
  { ignore }: Pick<SegmentationSet, "ignore">,
): Pixels {
  const data = new Uint8Array(truth.data.length * 3);
  truth.data.forEach((label, i) => {
    const [s, t] = [student.data[i], teacher.data[i]];
    const kind = label === ignore || s === t ? "same" : s === label ? "student" : t === label ? "teacher" : "neither";
    data.set(COLORS[kind], 3 * i);
  });
  return { width: truth.width, height: truth.height, channels: 3, data };
}

/** Share of the pixels with a label that are right. */
export function rightShare(said: LabelMap, truth: LabelMap, { ignore }: Pick<SegmentationSet, "ignore">): number {
  let [right, known] = [0, 0];
  truth.data.forEach((label, i) => {
    if (label === ignore) return;
    known++;
    if (said.data[i] === label) right++;
  });
  return known === 0 ? 1 : right / known;
}

/** An image as a `data:` address, lossless, so that edges of classes stay sharp. */
export const addressOf = async (pixels: Pixels): Promise<string> =>
  `data:image/png;base64,${Buffer.from(await pngOf(pixels)).toString("base64")}`;

/** The images of several networks side by side, and below where the taught ones and the teacher disagree. */
export function exampleFigures(
  networks: readonly { readonly name: string; readonly examples: readonly Example[] }[],
): Figure[] {
  return (networks[0]?.examples ?? []).map(({ id, image, truth }, i): Figure => {
    const each = networks.map(({ name, examples }) => ({ name, ...examples[i]! }));
    const differing = each.filter(({ disagreement }) => disagreement !== null);
    const said = each.map(({ name, prediction, right }): FigureImage => {
      return { source: prediction, alt: `${id}: classes by ${name}`, caption: `${name}, ${percent(right)} % right` };
    });
    const given: FigureImage[] = [
      { source: image, alt: `${id}: the image`, caption: "image" },
      { source: truth, alt: `${id}: true classes`, caption: "truth" },
    ];
    const disagreements = differing.map(({ name, disagreement }): FigureImage => {
      return { source: disagreement!, alt: `${id}: where teacher and ${name} disagree`, caption: name };
    });
    const label = "Where it and the teacher disagree";
    const rows = [{ images: [...given, ...said] }, ...(differing.length > 0 ? [{ label, images: disagreements }] : [])];
    return { title: id, wide: true, rows };
  });
}

/** The colours of classes. */
export function legendOf(classes: readonly string[]): Figure {
  const entries = classes.map((name, c) => ({ name, color: vocColors[c]! }));
  return { title: "Colours of the classes", rows: [{ images: [swatches(entries)] }] };
}

/** The colours of `disagreement`. */
export const disagreementLegend = (): Figure => ({
  title: "Colours of disagreement",
  rows: [
    {
      images: [
        swatches([
          { name: "the student is right", color: COLORS.student },
          { name: "the teacher is right", color: COLORS.teacher },
          { name: "both are wrong, differently", color: COLORS.neither },
          { name: "both say the same", color: COLORS.same },
        ]),
      ],
    },
  ],
});

interface Entry {
  readonly name: string;
  readonly color: readonly [number, number, number];
}

const LINE = 22;

/** A list of colours and names, as an SVG. */
function swatches(entries: readonly Entry[]): FigureImage {
  const lines = entries.map(({ name, color }, i) => {
    const rect = `<rect x="1" y="${i * LINE + 3}" width="16" height="16" rx="3" fill="rgb(${color.join(",")})" stroke="currentColor" stroke-opacity="0.4"/>`; // prettier-ignore
    return `${rect}<text x="26" y="${i * LINE + 16}" font-size="13" font-family="system-ui, sans-serif" fill="currentColor">${escaped(name)}</text>`; // prettier-ignore
  });
  const height = entries.length * LINE;
  const source = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 230 ${height}" width="230" height="${height}">${lines.join("")}</svg>`; // prettier-ignore
  return { source, alt: entries.map(({ name, color }) => `${name}: rgb(${color.join(", ")})`).join("; ") };
}

const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
