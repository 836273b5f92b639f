import { mkdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { CheckpointError } from "@fovea/train";
import { withInterrupt } from "@fovea/train/node";
import { Command, Option } from "commander";
import type { Experiment } from "./experiment.js";
import { predicted } from "./predicted.js";
import { publishHtml, publishPage, publishReport } from "./publish.js";
import { text } from "./render/text.js";
import { runExperiment, waitsFor } from "./run-experiment.js";
import { addSettings, defaultsOf, parseCount, parseInteger, parseList, settingsIn, type SettingsOf, type SettingsSpec } from "./settings.js"; // prettier-ignore

/** What an experiment needs from the program that it runs in. */
export interface Host {
  /** What starts the program, for messages: `npm run demo --`. */
  readonly command: string;
  /** The engines that `--engine` takes. */
  readonly engines: readonly string[];
  /** Starts an engine, the fastest that works unless one is named. @returns its name */
  start(engine?: string): Promise<string>;
}

/** Options that `run` and `results` share. */
interface Shared extends Record<string, unknown> {
  readonly seed: number;
  readonly seeds: number;
  readonly variants: readonly string[];
  readonly only?: string;
  readonly out: string;
  readonly resume: boolean;
  readonly page?: string;
  readonly engine?: string;
}

/** The commands of an experiment: `run`, which is what its name alone does, `results`, and `predict` where it can. */
export function experimentCommand(experiment: Experiment, host: Host): Command {
  const program = new Command(experiment.id)
    .description(experiment.description)
    .enablePositionalOptions()
    .showHelpAfterError("(--help lists the options)");
  const run = jobsCommand(experiment, host, "run");
  program.addCommand(run, { isDefault: true });
  program.addCommand(jobsCommand(experiment, host, "results"));
  if (experiment.predict) program.addCommand(predictCommand(experiment, host));
  return program.addHelpText("after", () => `\n${run.helpInformation()}`);
}

const DESCRIPTIONS = {
  run: "trains and tests the variants, and writes a report with figures",
  results: "compares all variants with several seeds, and writes the page of results",
} as const;

function jobsCommand(experiment: Experiment, host: Host, name: "run" | "results"): Command {
  const { id, settings: spec, variants, shown } = experiment;
  const ids = variants.map((variant) => variant.id);
  const isRun = name === "run";
  const defaults = { ...defaultsOf(spec), ...(isRun ? {} : experiment.resultsSettings) };
  const chosen = isRun ? (shown ?? ids) : ids;
  const out = join("runs", isRun ? id : `${id}-results`);
  const command = addSettings(new Command(name), spec, defaults)
    .description(DESCRIPTIONS[name])
    .option("--seed <n>", "the first seed; everything random follows from it", parseInteger, 0)
    .option("--seeds <n>", "how many seeds", parseCount, isRun ? 1 : 3)
    .addOption(
      new Option("--variants <ids>", `of ${ids.join(", ")}; or all`)
        .argParser((given) => (given === "all" ? ids : parseList(given)))
        .default(chosen, chosen.join(",")),
    )
    .option("--only <start>", "only this run, or those whose names start so: seed-1, seed-1/" + ids[0]!)
    .option("--out <folder>", "a file for each run, checkpoints and report.html; several processes may share it", out)
    .addOption(engineOption(host));
  if (isRun) command.option("--resume", "go on where an interrupted run stopped, and keep what is done", false);
  else command.option("--no-resume", "run again what is there").option("--page <file>", "written when every run is there", join("docs", "results", `${id}.md`)); // prettier-ignore
  return command.action((options: Shared) => runJobsCommand(experiment, host, name, defaults, options));
}

async function runJobsCommand(
  experiment: Experiment,
  host: Host,
  command: "run" | "results",
  defaults: SettingsOf<SettingsSpec>,
  options: Shared,
): Promise<void> {
  const { seed, seeds, variants, only, out, resume, page } = options;
  const settings = { ...settingsIn(experiment.settings, defaults, options), seed };
  const engine = await host.start(options.engine);
  await untilInterrupted(command === "run" ? "with --resume" : "again", async (signal) => {
    const { results, missing } = await runExperiment(experiment, settings, {
      ...{ command, seeds, variants, out, resume, engine, signal, typed: typedAfter(host) },
      ...(only !== undefined && { only }),
    });
    if (!results) return console.log(waitsFor(missing));
    const sections = experiment.report(results);
    console.log(text(sections));
    const report = await publishReport(out, experiment.title, sections, results);
    console.log(`\nReport: ${relative(process.cwd(), report)}`);
    if (page !== undefined) {
      await publishPage(page, experiment.title, sections);
      console.log(`Page: ${page}`);
    }
  });
}

/** Options of `predict`. */
interface PredictCommandOptions {
  readonly checkpoint: string;
  readonly page: string;
  readonly retries: number;
  readonly engine?: string;
}

function predictCommand(experiment: Experiment, host: Host): Command {
  const { id, title, predict } = experiment;
  const out = join("runs", id);
  return new Command("predict")
    .description("classifies images of your own with a trained model")
    .argument("<images...>", predict!.words)
    .option("--checkpoint <file>", "of the model", join(out, predict!.checkpoint))
    .option("--page <file>", "a page that shows what the model looked at", join(out, "prediction.html"))
    .option("--retries <n>", "further tries of a read that fails", parseInteger, 0)
    .addOption(engineOption(host))
    .action(async (images: string[], { checkpoint, page, retries, engine }: PredictCommandOptions) => {
      await host.start(engine);
      const folder = dirname(page);
      await mkdir(folder, { recursive: true });
      const { sections, failures } = await predicted(experiment, images, checkpoint, { retries, folder }).catch(
        (error: unknown) => {
          throw error instanceof CheckpointError ? new CheckpointError(`${error.message.replace(/\.$/, "")}; train one by \`${host.command} ${id}\`, or name another with \`--checkpoint\`.`) : error; // prettier-ignore
        },
      );
      console.log(text(sections));
      await publishHtml(page, title, sections);
      console.log(`\nPage: ${relative(process.cwd(), page)}`);
      for (const failure of failures) console.error(`Left out: ${failure}`);
      if (failures.length > 0) process.exitCode = 1;
    });
}

const engineOption = ({ engines }: Host): Option =>
  new Option("--engine <name>", "TensorFlow.js engine; default: the fastest that works").choices([...engines]);

/** The command as one would type it, without what says which part of the work this process does. */
const typedAfter = ({ command }: Host): string =>
  [command, ...process.argv.slice(2)].join(" ").replace(/ --only[ =]\S+/, "");

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
