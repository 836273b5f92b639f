#!/usr/bin/env node
import { Command } from "commander";

/** The systems, each loaded when it is asked for. Without a name the first one runs. */
const systems = {
  mvhfmd: {
    words: "several views of one object: ways to merge them, and mutual distillation",
    load: () => import("./mvhfmd/experiment.js"),
  },
  mcloss: {
    words: "fine-grained classes, with and without the mutual-channel loss",
    load: () => import("./mcloss/experiment.js"),
  },
  zoomin: {
    words: "images too large for memory, classified by a few patches",
    load: () => import("./zoomin/experiment.js"),
  },
  pma: {
    words: "images with sentences about them, and a student that needs no text",
    load: () => import("./pma/experiment.js"),
  },
} as const;

type System = keyof typeof systems;

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
    "\nWithout a system: mvhfmd. Each has the commands run (the default), results and predict, and --help.",
  );

for (const [i, [name, { words }]] of Object.entries(systems).entries())
  program
    .command(`${name} [arguments...]`, { isDefault: i === 0 })
    .description(words)
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((args: string[]) => start(name as System, args));

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}
