import { basename, join } from "node:path";
import { useEngine } from "@fovea/engine";
import type { Command } from "commander";
import {
  count,
  engineOption,
  list,
  rate,
  whole,
  typedCommand,
  untilInterrupted,
  type EngineArgument,
} from "../options.js";
import { runDemo } from "./demo.js";
import { predictFolder } from "./predict.js";
import { summary } from "./publish.js";
import { writeResults } from "./results.js";
import { DEFAULTS, type Settings } from "./settings.js";
import { STRATEGIES, strategiesOf } from "./strategies.js";

/** What the demo compares when it is not told: one of each kind, so that it takes minutes. */
const SHOWN = ["single", "early-image", "late-mean", "token", "mv-hfmd"];

/** `mvhfmd`, the default, `predict` and `results`. @returns the default command, for its help */
export function addMvHfmdCommands(program: Command): Command {
  const mvhfmd = program
    .command("mvhfmd", { isDefault: true })
    .description("multi-view classification: every way to merge views, trained and tested, with a report")
    .option("--data <set>", "emoji, or folder:PATH with train/CLASS/* and test/CLASS/*", DEFAULTS.data)
    .option("--classes <n>", "classes of the emoji set", count, DEFAULTS.classes)
    .option("--size <px>", "side of a picture in pixels", count, DEFAULTS.size)
    .option("--views <n>", "the most views of a collection", count, DEFAULTS.views)
    .option("--epochs <n>", "passes over the training pictures", count, DEFAULTS.epochs)
    .option("--batch <n>", "collections in a batch", count, DEFAULTS.batch)
    .option("--lr <rate>", "highest learning rate", rate, DEFAULTS.lr)
    .option("--dim <n>", "length of a token", count, DEFAULTS.dim)
    .option("--depth <n>", "transformer blocks", count, DEFAULTS.depth)
    .option("--heads <n>", "attention heads", count, DEFAULTS.heads)
    .option("--seed <n>", "everything random follows from it", whole, DEFAULTS.seed)
    .option("--strategies <ids>", `of ${STRATEGIES.map(({ id }) => id).join(", ")}; or all`, list, SHOWN)
    .option("--out <folder>", "checkpoints, report.html and run.json", "runs/mvhfmd")
    .option("--resume", "go on where an interrupted run stopped", false)
    .addOption(engineOption())
    .action(async ({ strategies, out, resume, engine: name, ...options }: MvHfmdArguments) => {
      const chosen = strategiesOf(strategies.includes("all") ? STRATEGIES.map(({ id }) => id) : strategies);
      const settings = { ...DEFAULTS, ...options };
      const engine = await useEngine(name);
      const command = typedCommand();
      await untilInterrupted("with --resume", async (signal) => {
        const { run, report } = await runDemo({ settings, strategies: chosen, out, resume, command, engine, signal });
        console.log(summary(run, report));
      });
    });

  program
    .command("predict")
    .description("classify your own pictures: one collection a subfolder, or the pictures of the folder itself")
    .argument("<folder>", "pictures: jpg, png or webp")
    .option("--checkpoint <file>", "of an MV-HFMD model", join("runs/mvhfmd/checkpoints/mv-hfmd/last.safetensors"))
    .option("--out <file>", "an HTML page with pictures and attention", "runs/predict.html")
    .addOption(engineOption())
    .action(async (folder: string, { checkpoint, out, engine }: PredictArguments) => {
      await useEngine(engine);
      console.log(await predictFolder(folder, checkpoint, out));
    });

  program
    .command("results")
    .description("write the page of results: every strategy, several seeds, mean and spread")
    .option("--seeds <n>", "how many", count, 3)
    .option("--epochs <n>", "passes over the training pictures", count, DEFAULTS.epochs)
    .option("--out <folder>", "the numbers of each seed; seeds that are there are not run again", "runs/results")
    .option("--page <file>", "the page", join("docs", "results", "mvhfmd.md"))
    .addOption(engineOption())
    .action(async ({ seeds, epochs, out, page, engine: name }: ResultsArguments) => {
      const engine = await useEngine(name);
      await untilInterrupted("again", async (signal) => {
        await writeResults({ seeds, settings: { ...DEFAULTS, epochs }, out, page, engine, signal });
        console.log(`${basename(page)} is written: ${page}`);
      });
    });
  return mvhfmd;
}

interface MvHfmdArguments extends Settings, EngineArgument {
  readonly strategies: readonly string[];
  readonly out: string;
  readonly resume: boolean;
}

interface ResultsArguments extends EngineArgument {
  readonly seeds: number;
  readonly epochs: number;
  readonly out: string;
  readonly page: string;
}

interface PredictArguments extends EngineArgument {
  readonly checkpoint: string;
  readonly out: string;
}
