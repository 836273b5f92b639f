import { useEngine } from "@fovea/engine";
import type { Command } from "commander";
import {
  count,
  engineOption,
  list,
  rate,
  seed,
  typedCommand,
  untilInterrupted,
  weight,
  type EngineArgument,
} from "../options.js";
import { runDemo, summary } from "./demo.js";
import { DEFAULTS, type Settings } from "./settings.js";
import { STRATEGIES, strategiesOf } from "./strategies.js";

/** What the demo compares when it is not told: with and without, from scratch and pretrained. */
const SHOWN = ["ce-wide", "mc", "pretrained-ce", "pretrained-mc"];

/** `mcloss`. */
export function addMcLossCommands(program: Command): void {
  settingsOptions(program.command("mcloss"))
    .description("fine-grained classes with and without the mutual-channel loss, trained and tested, with a report")
    .option("--seed <n>", "everything random follows from it", seed, DEFAULTS.seed)
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

/** The settings that can be chosen, but for the seed. */
const settingsOptions = (command: Command): Command =>
  command
    .option("--data <set>", "emoji or signs", DEFAULTS.data)
    .option("--classes <n>", "classes of the set", count, DEFAULTS.classes)
    .option("--size <px>", "side of a picture in pixels; maps have a sixteenth of it", count, DEFAULTS.size)
    .option("--width <n>", "channels of the first layer of networks from scratch", count, DEFAULTS.width)
    .option("--xi <n>", "channels for each class in the last map", count, DEFAULTS.xi)
    .option("--alpha <weight>", "of discriminality, from scratch", weight, DEFAULTS.alpha)
    .option("--beta <weight>", "of diversity, from scratch", weight, DEFAULTS.beta)
    .option("--batch <n>", "pictures in a batch", count, DEFAULTS.batch)
    .option("--epochs <n>", "passes over the training pictures, from scratch", count, DEFAULTS.epochs)
    .option("--lr <rate>", "highest learning rate, from scratch", rate, DEFAULTS.lr)
    .option("--tune-epochs <n>", "passes over the training pictures, pretrained", count, DEFAULTS.tuneEpochs)
    .option("--tune-lr <rate>", "highest learning rate, pretrained", rate, DEFAULTS.tuneLr);

interface McLossArguments extends Settings, EngineArgument {
  readonly strategies: readonly string[];
  readonly out: string;
  readonly resume: boolean;
}
