#!/usr/bin/env node
import { basename, join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { engines, useEngine, type EngineName } from "@fovea/engine";
import { withInterrupt } from "@fovea/train";
import { runDemo } from "./mvhfmd/demo.js";
import { predictFolder } from "./mvhfmd/predict.js";
import { summary } from "./mvhfmd/publish.js";
import { writeResults } from "./mvhfmd/results.js";
import { DEFAULTS, type Settings } from "./mvhfmd/settings.js";
import { STRATEGIES, strategiesOf } from "./mvhfmd/strategies.js";

const count = (text: string): number => {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 1))
    throw new InvalidArgumentError("expected a whole number of at least 1.");
  return value;
};
const seed = (text: string): number => {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 0))
    throw new InvalidArgumentError("expected a whole number of at least 0.");
  return value;
};
const rate = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError("expected a number above 0.");
  return value;
};
const list = (text: string): string[] => text.split(",").map((word) => word.trim());

/** What the demo compares when it is not told: one of each kind, so that it takes minutes. */
const SHOWN = ["single", "early-image", "late-mean", "token", "mv-hfmd"];

const program = new Command("demo")
  .description("Fovea's demo: trains, tests and explains models on real pictures.")
  .showHelpAfterError("(--help lists the commands and options)");

const engineOption = () =>
  new Option("--engine <name>", "TensorFlow.js engine; default: the fastest that works").choices(
    engines.map(({ name }) => name),
  );

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
  .option("--seed <n>", "everything random follows from it", seed, DEFAULTS.seed)
  .option("--strategies <ids>", `of ${STRATEGIES.map(({ id }) => id).join(", ")}; or all`, list, SHOWN)
  .option("--out <folder>", "checkpoints, report.html and run.json", "runs/mvhfmd")
  .option("--resume", "go on where an interrupted run stopped", false)
  .addOption(engineOption())
  .action(async ({ strategies, out, resume, engine: name, ...options }: MvHfmdArguments) => {
    const chosen = strategiesOf(strategies.includes("all") ? STRATEGIES.map(({ id }) => id) : strategies);
    const settings = { ...DEFAULTS, ...options };
    const engine = await useEngine(name);
    const command = ["npm run demo --", ...process.argv.slice(2)].join(" ").replace(/ --$/, "");
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
  .action(
    async (folder: string, { checkpoint, out, engine }: { checkpoint: string; out: string; engine?: EngineName }) => {
      await useEngine(engine);
      console.log(await predictFolder(folder, checkpoint, out));
    },
  );

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

/** Ctrl-C ends it with a checkpoint, and says how to go on. */
const untilInterrupted = (how: string, run: (signal: AbortSignal) => Promise<void>): Promise<void> =>
  withInterrupt(async (signal) => {
    try {
      await run(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      console.error(`Interrupted. The same command ${how} goes on from here.`);
      process.exitCode = 130;
    }
  });

interface MvHfmdArguments extends Settings {
  readonly strategies: readonly string[];
  readonly out: string;
  readonly resume: boolean;
  readonly engine?: EngineName;
}

interface ResultsArguments {
  readonly seeds: number;
  readonly epochs: number;
  readonly out: string;
  readonly page: string;
  readonly engine?: EngineName;
}

program.addHelpText("after", () => `\n${mvhfmd.helpInformation()}`);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
