import type { DataSummary, Prepared, RunContext } from "@fovea/experiment";
import { ownImages } from "./own-images.js";
import { sizesOf } from "../own-splits.js";
import { fits, NETWORKS } from "./networks.js";
import { pretrained } from "./pretraining.js";
import { measuredIn } from "./results-page.js";
import { scenesOf, unpaintedScenes, writeLargeScene, type Images, type LargeScene } from "./scenes.js";
import type { Settings } from "./settings.js";

/** Images that are learned from in one stage, and what is spent on them. */
export interface TrainingStage {
  /** Size of the scenes; null for images of one's own. */
  readonly size: number | null;
  readonly epochs: number;
  readonly learningRate: number;
  /** Scenes are painted when they are first asked for. */
  images(): Promise<Images>;
}

/** What all variants of one seed share. */
export interface Data {
  readonly classes: readonly string[];
  /** One after another. */
  readonly curriculum: readonly TrainingStage[];
  /** Scenes that are only tested on. Null where none are asked for. */
  readonly unseen: (() => Promise<Images>) | null;
  readonly large: LargeScene | null;
  /** Whether several seeds are compared. */
  readonly isComparison: boolean;
  readonly signal: AbortSignal | undefined;
  /** The folder of a feature network that has learned from other signs, at a scale. Null where it begins at random. */
  pretrained(scale: number): Promise<string> | null;
}

/**
 * Reads images of one's own, or makes sure that there can be the scenes that are asked for, and writes the large one.
 */
export function prepare(settings: Settings, context: RunContext): Promise<Prepared<Data>> {
  const { memory, data } = settings;
  if (context.command === "results" && memory !== "") measuredIn(memory); // before hours are spent
  return data === "signs" ? paintedData(settings, context) : ownData(settings, context);
}

async function ownData(settings: Settings, { command, variants, signal }: RunContext): Promise<Prepared<Data>> {
  const own = await ownImages(settings.data, settings, signal);
  const { classes, name, description, train, validation, test } = own;
  for (const network of NETWORKS.filter(({ id }) => variants.includes(id)))
    for (const { id, source } of [...train, ...validation, ...test])
      if (!fits(source, network, settings))
        throw new RangeError(`zoomin: ${id} is too large for the view of the whole that ${network.id} is given; choose others by \`--variants\`.`); // prettier-ignore
  const { epochs, learningRate } = settings;
  const curriculum = [{ size: null, epochs, learningRate, images: () => Promise.resolve(own) }];
  return {
    data: {
      ...{ classes, curriculum, unseen: null, large: null, isComparison: command === "results", signal },
      pretrained: () => null,
    },
    summary: { name, description, classes, sizes: sizesOf(own), sources: [] },
    dispose: () => own.close(),
  };
}

async function paintedData(settings: Settings, context: RunContext): Promise<Prepared<Data>> {
  const { sizes, epochs, learningRate, laterEpochs, laterLearningRate, large, unseen, pretrainClasses } = settings;
  const { command, out, signal } = context;
  if (new Set(sizes).size < sizes.length)
    throw new RangeError(`zoomin: every size can be learned from once, got --sizes ${sizes.join(",")}.`);
  const tested = command === "results" ? unseen : null;
  for (const size of tested === null ? sizes : [...sizes, tested]) await unpaintedScenes(settings, size);
  const last = await unpaintedScenes(settings, sizes.at(-1)!);
  const scenes = onceEach((size) => scenesOf(settings, size, signal));
  const features = onceEach((scale) => pretrained(settings, scale, context));
  const data: Data = {
    ...{ classes: last.classes, isComparison: command === "results", signal },
    curriculum: sizes.map((size, i) => ({ size, ...(i === 0 ? { epochs, learningRate } : { epochs: laterEpochs, learningRate: laterLearningRate }), images: () => scenes.of(size) })), // prettier-ignore
    unseen: tested === null ? null : () => scenes.of(tested),
    // before anything is learned: a disk that is full says so now
    large: command === "run" && large > 0 ? await writeLargeScene(settings, out, signal) : null,
    pretrained: (scale) => (pretrainClasses === 0 ? null : features.of(scale)),
  };
  const summary: DataSummary = {
    ...{ name: last.name, description: descriptionOf(settings), classes: last.classes },
    ...{ sizes: sizesOf(last), sources: last.attribution },
  };
  const dispose = async () =>
    void (await Promise.all([...scenes.made.values()].map(async (made) => (await made).close())));
  return { data, summary, dispose };
}

/** What is made once for each number. */
function onceEach<T>(make: (of: number) => Promise<T>) {
  const made = new Map<number, Promise<T>>();
  return { made, of: (key: number) => made.get(key) ?? made.set(key, make(key)).get(key)! };
}

/** What the scenes are. */
const descriptionOf = ({ sizes, distractors }: Settings): string =>
  `Scenes of ${sizes.join(", then ")} pixels along each side, on photographs of the Earth. The smallest have ${distractors + 1} signs, larger ` +
  "ones as many for each pixel; one sign gives the class, or none does. Among scenes of one size, no place and no view of a sign is used twice.";
