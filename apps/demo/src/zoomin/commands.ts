import { useEngine } from "@fovea/engine";
import { join } from "node:path";
import { Option, type Command } from "commander";
import {
  count,
  engineOption,
  list,
  counts,
  rate,
  whole,
  typedCommand,
  untilInterrupted,
  weight,
  type EngineArgument,
} from "../options.js";
import { runDemo, summary } from "./demo.js";
import { predictPictures } from "./predict.js";
import { writeResults } from "./results.js";
import { DEFAULTS, UNSEEN, type Settings } from "./settings.js";
import { STRATEGIES, strategiesOf } from "./strategies.js";

/** `zoomin` and `zoomin predict`. */
export function addZoomInCommands(program: Command): void {
  const command = settingsOptions(program.command("zoomin"), DEFAULTS)
    .description("pictures too large for memory, classified by a few patches: trained, tested, a large file classified")
    .option("--seed <n>", "everything random follows from it", whole, DEFAULTS.seed)
    .option("--strategies <ids>", `of ${STRATEGIES.map(({ id }) => id).join(", ")}; or all`, list, ["zoom-in"])
    .option("--large <px>", "side of the large scene", count, 20_000)
    .option("--out <folder>", "checkpoints, the large scene, report.html and run.json", OUT)
    .option("--resume", "go on where an interrupted run stopped", false)
    .addOption(engineOption())
    .action(async ({ strategies, large, out, resume, engine: name, ...options }: ZoomInArguments) => {
      const chosen = strategiesOf(strategies.includes("all") ? STRATEGIES.map(({ id }) => id) : strategies);
      const settings = { ...DEFAULTS, ...options };
      const engine = await useEngine(name);
      await untilInterrupted("with --resume", async (signal) => {
        const shared = { settings, strategies: chosen, large, out, resume, engine, signal };
        const { run, report } = await runDemo({ ...shared, command: typedCommand() });
        console.log(summary(run, report));
      });
    });
  addPredict(command);
}

/** `zoomin-results`. */
export function addZoomInResults(program: Command): void {
  settingsOptions(program.command("zoomin-results"), DEFAULTS)
    .description("write the page of Zoom-In: every way to look, on scenes of several sizes, with several seeds")
    .option("--seeds <n>", "how many", count, 3)
    .option("--unseen <px>", "side of scenes that are only tested on", count, UNSEEN)
    .option("--only <start>", "only this run, or those whose names start so: seed-1, seed-1/zoom-in")
    .option("--memory <file>", "a part of the page: what `npm run bench -- large --md` has written")
    .option("--out <folder>", "a file for each run; what is there, or another process has, is not run", RESULTS_OUT)
    .option("--page <file>", "the page, written when every file is there", join("docs", "results", "zoomin.md"))
    .addOption(engineOption())
    .action(async (given: ResultsArguments) => {
      const { seeds, only, memory, out, page, engine: name, ...options } = given;
      const settings = { ...DEFAULTS, ...options };
      const engine = await useEngine(name);
      await untilInterrupted("again", async (signal) => {
        const command = typedCommand().replace(/ --only[ =]\S+/, "");
        const shared = { settings, seeds, out, page, command, engine, signal };
        console.log(
          await writeResults({
            ...shared,
            ...(only !== undefined && { only }),
            ...(memory !== undefined && { memory }),
          }),
        );
      });
    });
}

const RESULTS_OUT = join("runs", "zoomin-results");

interface ResultsArguments extends Omit<Settings, "seed">, EngineArgument {
  readonly seeds: number;
  readonly unseen: number;
  readonly only?: string;
  readonly memory?: string;
  readonly out: string;
  readonly page: string;
}

/** The settings that can be chosen, but for the seed. */
const settingsOptions = (command: Command, defaults: Settings): Command =>
  command
    .option("--targets <signs>", "meanings that are told apart", list, [...defaults.targets])
    .option("--sides <px>", "sides of the scenes that are learned from, one after another", counts, [...defaults.sides])
    .option("--distractors <n>", "other signs in each of the first side", whole, defaults.distractors)
    .option("--scenes <n>", "of the first side to learn from", count, defaults.scenes)
    .option("--epochs <n>", "passes over them", count, defaults.epochs)
    .option("--later-scenes <n>", "of each further side", count, defaults.laterScenes)
    .option("--later-epochs <n>", "passes over them", count, defaults.laterEpochs)
    .option("--held <n>", "scenes of a side to choose on, and as many to be tested on", count, defaults.held)
    .option("--meanings <n>", "other signs that the features are learned from first", whole, defaults.meanings)
    .option("--meaning-scenes <n>", "small scenes of these", count, defaults.meaningScenes)
    .option("--meaning-epochs <n>", "passes over them", count, defaults.meaningEpochs)
    .option("--tile <px>", "side of a tile", count, defaults.tile)
    .option("--patch <px>", "side of a patch", count, defaults.patch)
    .option("--samples <n>", "patches of a picture", count, defaults.samples)
    .option("--batch <n>", "scenes in a batch", count, defaults.batch)
    .option("--lr <rate>", "highest learning rate on the first side", rate, defaults.lr)
    .option("--later-lr <rate>", "on further ones", rate, defaults.laterLr)
    .option("--entropy <weight>", "of attention's negative entropy", weight, defaults.entropy)
    .option("--contrast <weight>", "of the contrast, in the strategies that have it", weight, defaults.contrast)
    .addOption(
      new Option("--on-failure <how>", "what becomes of a scene that cannot be read in the middle of a run")
        .choices(["throw", "skip"])
        .default(defaults.onFailure),
    );

const OUT = join("runs", "zoomin");

function addPredict(zoomIn: Command): void {
  zoomIn
    .command("predict")
    .description("your own pictures, by a trained model; a tiled TIFF can be of any size")
    .argument("<images...>", "tiled TIFF or BigTIFF, Deep Zoom, JPEG, PNG or WebP; those that cannot be read are named")
    .option("--checkpoint <file>", "of a strategy", CHECKPOINT)
    .option("--page <file>", "where it looked", join(OUT, "prediction.html"))
    .option("--retries <n>", "further tries of a read that fails", whole, 0)
    .addOption(engineOption())
    .action(async (images: string[], { checkpoint, page, retries, engine }: PredictArguments) => {
      await useEngine(engine);
      const { text, failures } = await predictPictures(images, checkpoint, page, retries);
      console.log(text);
      for (const failure of failures) console.error(`Left out: ${failure}`);
      if (failures.length > 0) process.exitCode = 1;
    });
}

const CHECKPOINT = join(OUT, "checkpoints", "zoom-in", String(DEFAULTS.sides.at(-1)), "best.safetensors");

interface PredictArguments extends EngineArgument {
  readonly checkpoint: string;
  readonly page: string;
  readonly retries: number;
}

interface ZoomInArguments extends Settings, EngineArgument {
  readonly strategies: readonly string[];
  readonly large: number;
  readonly out: string;
  readonly resume: boolean;
}
