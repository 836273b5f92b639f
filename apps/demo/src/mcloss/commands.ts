import { useEngine } from "@fovea/engine";
import { join } from "node:path";
import type { Command } from "commander";
import {
  count,
  engineOption,
  list,
  rate,
  whole,
  typedCommand,
  untilInterrupted,
  weight,
  weights,
  type EngineArgument,
} from "../options.js";
import { runDemo, summary } from "./demo.js";
import { writeResults } from "./results.js";
import { DEFAULTS, RESULTS, type Settings } from "./settings.js";
import { STRATEGIES, strategiesOf } from "./strategies.js";

/** What the demo compares when it is not told: with and without, from scratch and pretrained. */
const SHOWN = ["ce-wide", "mc", "pretrained-ce", "pretrained-mc"];

/** `mcloss` and `mcloss-results`. */
export function addMcLossCommands(program: Command): void {
  addDemo(program);
  addResults(program);
}

function addDemo(program: Command): void {
  settingsOptions(program.command("mcloss"), DEFAULTS)
    .description("fine-grained classes with and without the mutual-channel loss, trained and tested, with a report")
    .option("--seed <n>", "everything random follows from it", whole, DEFAULTS.seed)
    .option("--strategies <ids>", `of ${STRATEGIES.map(({ id }) => id).join(", ")}; or all`, list, SHOWN)
    .option("--out <folder>", "checkpoints, report.html and run.json", "runs/mcloss")
    .option("--resume", "go on where an interrupted run stopped", false)
    .addOption(engineOption())
    .action(async ({ strategies, out, resume, engine: name, ...options }: McLossArguments) => {
      const chosen = strategiesOf(strategies.includes("all") ? STRATEGIES.map(({ id }) => id) : strategies);
      const settings = { ...DEFAULTS, ...options };
      const engine = await useEngine(name);
      await untilInterrupted("with --resume", async (signal) => {
        const command = typedCommand();
        const { run, report } = await runDemo({ settings, strategies: chosen, out, resume, command, engine, signal });
        console.log(summary(run, report));
      });
    });
}

function addResults(program: Command): void {
  settingsOptions(program.command("mcloss-results"), RESULTS)
    .description("write the page of MC-Loss: every strategy with several seeds, and a grid over alpha and beta")
    .option("--seeds <n>", "how many", count, 3)
    .option("--grid-epochs <n>", "passes over the training pictures in a cell of the grid", count, 5)
    .option("--grid-alphas <weights>", "of the grid", weights, [0.1, 1, 1.5, 2, 10])
    .option("--grid-betas <weights>", "of the grid", weights, [0.1, 1, 5, 10, 15, 20])
    .option("--no-grid", "no grid at all")
    .option(
      "--only <start>",
      "only this run, or those whose names start so: seed-1, seed-1/mc, grid, grid/alpha-1.5-beta-20",
    )
    .option(
      "--out <folder>",
      "a file for each run; what is there, or another process has, is not run",
      "runs/mcloss-results",
    )
    .option("--page <file>", "the page, written when every file is there", join("docs", "results", "mcloss.md"))
    .addOption(engineOption())
    .action(async (given: ResultsArguments) => {
      const { seeds, gridEpochs, gridAlphas, gridBetas, grid, only, out, page, engine: name, ...options } = given;
      const settings = { ...RESULTS, ...options };
      const plan = { settings, seeds, gridEpochs, alphas: grid ? gridAlphas : [], betas: grid ? gridBetas : [] };
      const engine = await useEngine(name);
      await untilInterrupted("again", async (signal) => {
        const command = typedCommand().replace(/ --only[ =]\S+/, "");
        const options = { plan, out, page, command, engine, signal };
        console.log(await writeResults({ ...options, ...(only !== undefined && { only }) }));
      });
    });
}

/** The settings that can be chosen, but for the seed. */
const settingsOptions = (command: Command, defaults: Settings): Command =>
  command
    .option("--data <set>", "emoji or signs", defaults.data)
    .option("--classes <n>", "classes of the set", count, defaults.classes)
    .option("--size <px>", "side of a picture in pixels; maps have a sixteenth of it", count, defaults.size)
    .option("--width <n>", "channels of the first layer of networks from scratch", count, defaults.width)
    .option("--xi <n>", "channels for each class in the last map", count, defaults.xi)
    .option("--alpha <weight>", "of discriminality, from scratch", weight, defaults.alpha)
    .option("--beta <weight>", "of diversity, from scratch", weight, defaults.beta)
    .option("--batch <n>", "pictures in a batch", count, defaults.batch)
    .option("--epochs <n>", "passes over the training pictures, from scratch", count, defaults.epochs)
    .option("--lr <rate>", "highest learning rate, from scratch", rate, defaults.lr)
    .option("--tune-epochs <n>", "passes over the training pictures, pretrained", count, defaults.tuneEpochs)
    .option("--tune-lr <rate>", "highest learning rate, pretrained", rate, defaults.tuneLr);

interface McLossArguments extends Settings, EngineArgument {
  readonly strategies: readonly string[];
  readonly out: string;
  readonly resume: boolean;
}

interface ResultsArguments extends Omit<Settings, "seed">, EngineArgument {
  readonly seeds: number;
  readonly gridEpochs: number;
  readonly gridAlphas: readonly number[];
  readonly gridBetas: readonly number[];
  readonly grid: boolean;
  readonly only?: string;
  readonly out: string;
  readonly page: string;
}
