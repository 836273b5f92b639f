#!/usr/bin/env node
import { Command } from "commander";
import type { ExportCommandOptions } from "./export/commands.js";

/** The systems, each loaded when it is asked for. Without a name the first one runs. */
const systems = {
  mvhfmd: {
    words: "several views of one object: ways to merge them, and mutual distillation",
    load: () => import("./mvhfmd/experiment.js"),
    exports: () => import("./mvhfmd/export.js"),
  },
  mcloss: {
    words: "fine-grained classes, with and without the mutual-channel loss",
    load: () => import("./mcloss/experiment.js"),
    exports: () => import("./mcloss/export.js"),
  },
  zoomin: {
    words: "images too large for memory, classified by a few patches",
    load: () => import("./zoomin/experiment.js"),
    exports: () => import("./zoomin/export.js"),
  },
  pma: {
    words: "images with sentences about them, and a student that needs no text",
    load: () => import("./pma/experiment.js"),
    exports: () => import("./pma/export.js"),
  },
  apd: {
    words: "the class of every pixel, by small networks that a large one teaches",
    load: () => import("./apd/experiment.js"),
    exports: () => import("./apd/export.js"),
  },
} as const;

type System = keyof typeof systems;

/** ONNX Runtime's engine, which alone writes and runs ONNX files, and the commands for them. */
async function exporting() {
  const { useEngine } = await import("@fovea/engine");
  await useEngine("onnxruntime");
  return import("./export/commands.js");
}

async function start(system: System, args: readonly string[]): Promise<void> {
  const [{ experimentCommand }, { engines, useEngine }] = await Promise.all([
    import("@fovea/experiment"),
    import("@fovea/engine"),
  ]);
  const host = {
    command: "npm run demo --",
    engines: engines.map(({ name }) => name),
    start: async (name?: string) => (await useEngine(name as (typeof engines)[number]["name"] | undefined)).engine,
  };
  const { experiment } = await systems[system].load();
  await experimentCommand(experiment as never, host).parseAsync([...args], { from: "user" });
}

const program = new Command("demo")
  .description("Fovea's demo: trains, tests and explains models on real images.")
  .enablePositionalOptions()
  .showHelpAfterError("(--help lists the systems)")
  .addHelpText(
    "after",
    "\nWithout a system: mvhfmd. Each has the commands run (the default), results and predict, and --help.\n" +
      "A trained model goes elsewhere by `export`.",
  );

for (const [i, [name, { words }]] of Object.entries(systems).entries())
  program
    .command(`${name} [arguments...]`, { isDefault: i === 0 })
    .description(words)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((args: string[]) => start(name as System, args));

const exportable = Object.fromEntries(
  Object.entries(systems).map(([name, { load, exports }]) => [
    name,
    { experiment: async () => (await load()).experiment, plan: async () => (await exports()).exportPlan },
  ]),
);

program
  .command("export <checkpoint> <folder>")
  .description("writes the model of a checkpoint as ONNX, in a folder that ONNX Runtime and transformers.js open")
  .option("--image <file>", "whose outputs are kept beside the model, to compare with; default: a painted one")
  .option("--license <id>", "of the model, in lower case", "apache-2.0")
  .option("--title <text>", "of the model card")
  .option("--images", "one more file, model_images, which takes images of any size as bytes", false)
  .action(async (checkpoint: string, folder: string, options: ExportCommandOptions) =>
    (await exporting()).exportCheckpoint(exportable, checkpoint, folder, options),
  );
program
  .command("check <folder>")
  .description("compares the outputs of an exported model with those that were kept beside it")
  .action(async (folder: string) => (await exporting()).checkFolder(folder));

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
