#!/usr/bin/env node
import { Command } from "commander";
import { addMcLossCommands } from "./mcloss/commands.js";
import { addMvHfmdCommands } from "./mvhfmd/commands.js";
import { addZoomInCommands, addZoomInResults } from "./zoomin/commands.js";

const program = new Command("demo")
  .description("Fovea's demo: trains, tests and explains models on real pictures.")
  .enablePositionalOptions() // `zoomin --out a predict x.tif` gives `--out` to zoomin, `predict --out a` is refused
  .showHelpAfterError("(--help lists the commands and options)");

const first = addMvHfmdCommands(program);
addMcLossCommands(program);
addZoomInCommands(program);
addZoomInResults(program);
program.addHelpText("after", () => `\n${first.helpInformation()}`);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
