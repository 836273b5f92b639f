import { Command } from "commander";
import { BadInput } from "./bad-input.js";
import { compareFiles, type CompareOptions } from "./commands/compare.js";
import { large, type LargeOptions } from "./commands/large.js";
import { list } from "./commands/list.js";
import { peer, type PeerOptions } from "./commands/peer.js";
import { profile, type ProfileOptions } from "./commands/profile.js";
import { ratio, type RatioOptions } from "./commands/ratio.js";
import { run, type RunOptions } from "./commands/run.js";
import { COMPILED } from "./job.js";
import {
  count,
  countList,
  engineList,
  factor,
  modeList,
  outputFile,
  runnerList,
  RUNNERS,
  seed,
  sideList,
} from "./options.js";

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
process.once("SIGTERM", () => interrupt.abort());

const finish = (code: number | void): void => void (process.exitCode = code ?? 0);

const program = new Command("bench")
  .description("Throughput, memory and correctness of every part, each measured in a fresh process.")
  .enablePositionalOptions() // those after the name of a command are the command's
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .argument("[cases...]", "names, with `*` for any characters; a module of your own as ./file.js#create (default: all)")
  .option("-e, --engine <names>", `${RUNNERS.join(", ")} (default: the best that works)`, runnerList)
  .option("-m, --mode <names>", "infer, train (default: both; with --quick: train)", modeList)
  .option("-b, --batch <sizes>", "samples a step (default: each case's own)", countList)
  .option("-v, --views <counts>", "views of a collection", countList, [3])
  .option("-i, --image <pixels>", "side of an image (default: each case's own)", count)
  .option("-o, --observations <count>", "fresh processes for each row; compare wants 5", count, 1)
  .option("-t, --timeout <seconds>", "the longest a process may take", count, 600)
  .option("--seed <number>", "of weights and inputs", seed, 0)
  .option("-q, --quick", "few steps, several processes at a time: does everything run, and about how fast")
  .option("--json <file>", "save all samples, for `compare`", outputFile)
  .option("--md <file>", "save a Markdown table", outputFile)
  .action(async (cases: string[], options: RunOptions) => finish(await run(cases, options, interrupt.signal)));

program.command("list").description("what can be measured").argument("[cases...]").action(list);

program
  .command("compare")
  .description("what changed between two files of --json")
  .argument("<base>")
  .argument("<head>")
  .option("--fail-on-regression", "exit code 1 if a row is slower or broken")
  .option("--force", "though they come from different machines")
  .action((base: string, head: string, options: CompareOptions) => finish(compareFiles(base, head, options)));

program
  .command("ratio")
  .description("how many times faster one engine is than another, interleaved")
  .argument("<case>")
  .requiredOption("-e, --engine <fast,slow>", "two engines", runnerList)
  .option("-m, --mode <name>", "infer or train", modeList, ["train"])
  .option("-b, --batch <size>", "samples a step (default: the case's own)", count)
  .option("-r, --rounds <count>", "processes of each engine", count, 3)
  .option("-t, --timeout <seconds>", "the longest a process may take", count, 600)
  .option("--at-least <factor>", "exit code 1 below it", factor)
  .action(async (name: string, options: RatioOptions) => finish(await ratio(name, options, interrupt.signal)));

program
  .command("profile")
  .description("the kernels that a step spends its time in")
  .argument("<case>")
  .option("-e, --engine <name>", "one of them (default: the best that works)", engineList)
  .option("-m, --mode <name>", "infer or train", modeList, ["train"])
  .option("-b, --batch <size>", "samples a step (default: the case's own)", count)
  .option("-s, --steps <count>", "steps to time", count, 10)
  .option("--threads <count>", "of the engine (default: its own number)", count)
  .option("--compiled", "the operators of the step compiled by onnxruntime, timed by ONNX Runtime")
  .option("--top <count>", "kernels or operators to show", count, 12)
  .action(async (name: string, options: ProfileOptions) => finish(await profile(name, options)));

program
  .command("peer")
  .description("engines beside PyTorch, eager and compiled, interleaved")
  .argument("[cases...]", "as above, of those that PyTorch has too (default: all of them)")
  .option("-e, --engine <names>", "the first is compared with all others", runnerList, [COMPILED, "onnxruntime"])
  .option("-m, --mode <names>", "infer, train", modeList, ["infer", "train"])
  .option("-b, --batch <sizes>", "samples a step (default: each case's own)", countList)
  .option("-v, --views <counts>", "views of a collection", countList, [3])
  .option("-o, --observations <count>", "fresh processes of each", count, 5)
  .option("--threads <counts>", "of the engines and of PyTorch (default: the first engine's)", countList)
  .option("--published", "the steps of docs/results/engines.md, each with its own batches")
  .option("--python <command>", "a Python with PyTorch (default: FOVEA_PYTHON, or python3)")
  .option("-t, --timeout <seconds>", "the longest a process may take", count, 600)
  .option("--json <file>", "save all samples", outputFile)
  .option("--md <file>", "save a page", outputFile)
  .action(async (cases: string[], options: PeerOptions) => finish(await peer(cases, options, interrupt.signal)));

program
  .command("large")
  .description("the suite of networks, segmentation and tile sources on images too large for memory")
  .argument(
    "[cases...]",
    "as above: size/*, law/*, huge/*, segment/*, source/* (default: all; with --quick: all but law/*)",
  )
  .option("-e, --engine <name>", "one of them (default: the best that works)", engineList)
  .option("-m, --mode <names>", "infer, train, read (default: all)", modeList)
  .option(
    "-i, --image <pixels>",
    "sides of the images; law/* takes the middle one, source/* the largest (default: each case's own)",
    sideList,
  ) // prettier-ignore
  .option("-o, --observations <count>", "fresh processes for each row (default: 1, of huge/* 5)", count)
  .option("--steps <count>", "timed steps of size/* and law/* (default: 3)", count)
  .option(
    "--max-memory <gigabytes>",
    "what would take more is not tried (default: half of the machine's memory)",
    factor,
  ) // prettier-ignore
  .option("-f, --files <folder>", "where the images are kept (default: nowhere)")
  .option("-t, --timeout <seconds>", "the longest a process may take", count, 600)
  .option("-q, --quick", "small images, several processes at a time: does everything run")
  .option("--json <file>", "save all samples, for `compare`", outputFile)
  .option("--md <file>", "save a page", outputFile)
  .action(async (cases: string[], options: LargeOptions) => finish(await large(cases, options, interrupt.signal)));

try {
  await program.parseAsync();
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = interrupt.signal.aborted ? 130 : error instanceof BadInput ? 2 : 1;
}
