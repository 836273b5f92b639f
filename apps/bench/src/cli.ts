import { Command } from "commander";
import { BadInput } from "./bad-input.js";
import { compareFiles, type CompareOptions } from "./commands/compare.js";
import { large, type LargeOptions } from "./commands/large.js";
import { list } from "./commands/list.js";
import { peer, type PeerCommandOptions } from "./commands/peer.js";
import { profile, type ProfileOptions } from "./commands/profile.js";
import { ratio, type RatioCommandOptions } from "./commands/ratio.js";
import { run, type RunOptions } from "./commands/run.js";
import { MODES } from "./job.js";
import { count, countList, engineList, ENGINES, factor, modeList, networkList, outputFile, partList, seed, sideList } from "./options.js"; // prettier-ignore

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
process.once("SIGTERM", () => interrupt.abort());

const finish = (code: number | void): void => void (process.exitCode = code ?? 0);

const program = new Command("bench")
  .description("Throughput, memory and correctness of every part, each measured in a fresh process.")
  .enablePositionalOptions() // those after the name of a command are the command's
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .argument("[cases...]", "names, with `*` for any characters; a module of your own as ./file.js#create (default: all)")
  .option("-e, --engine <names>", `${ENGINES.join(", ")} (default: the best that works)`, engineList)
  .option("-m, --mode <names>", "infer, train (default: both; with --quick: train)", modeList)
  .option("-b, --batch <sizes>", "samples a step (default: each case's own)", countList)
  .option("-v, --views <counts>", "views of a collection", countList, [3])
  .option("-i, --image <pixels>", "side of a picture (default: each case's own)", count)
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
  .requiredOption("-e, --engine <fast,slow>", "two engines", engineList)
  .option("-m, --mode <name>", "infer or train", modeList, ["train"])
  .option("-b, --batch <size>", "samples a step (default: the case's own)", count)
  .option("-r, --rounds <count>", "processes of each engine", count, 3)
  .option("-t, --timeout <seconds>", "the longest a process may take", count, 600)
  .option("--at-least <factor>", "exit code 1 below it", factor)
  .action(async (name: string, options: RatioCommandOptions) => finish(await ratio(name, options, interrupt.signal)));

program
  .command("profile")
  .description("the kernels that a step spends its time in")
  .argument("<case>")
  .option("-e, --engine <name>", "one of them (default: the best that works)", engineList)
  .option("-m, --mode <name>", "infer or train", modeList, ["train"])
  .option("-b, --batch <size>", "samples a step (default: the case's own)", count)
  .option("-s, --steps <count>", "steps to time", count, 10)
  .option("--top <count>", "kernels to show", count, 12)
  .action(async (name: string, options: ProfileOptions) => finish(await profile(name, options)));

program
  .command("peer")
  .description("engines beside PyTorch, eager and compiled, interleaved")
  .argument("[cases...]", "as above, of those that PyTorch has too (default: all of them)")
  .option("-e, --engine <names>", "the first is compared with all others (default: the best that works)", engineList)
  .option("-m, --mode <names>", "infer, train", modeList, [...MODES])
  .option("-b, --batch <sizes>", "samples a step (default: each case's own)", countList)
  .option("-v, --views <counts>", "views of a collection", countList, [3])
  .option("-o, --observations <count>", "fresh processes of each", count, 5)
  .option("--threads <count>", "of PyTorch (default: the first engine's)", count)
  .option("--python <command>", "a Python with PyTorch (default: FOVEA_PYTHON, or python3)")
  .option("-t, --timeout <seconds>", "the longest a process may take", count, 600)
  .option("--json <file>", "save all samples", outputFile)
  .option("--md <file>", "save a page", outputFile)
  .action(async (cases: string[], options: PeerCommandOptions) => finish(await peer(cases, options, interrupt.signal)));

program
  .command("large")
  .description("networks and tile sources on pictures too large for memory")
  .option("-p, --parts <names>", "sizes, laws, huge, sources (default: all; with --quick: all but laws)", partList)
  .option("-n, --networks <names>", "full, down-scaled, attention, zoom-in (default: all)", networkList)
  .option("-s, --sides <pixels>", "of the pictures of all networks (default: 1000,2000,4000)", sideList)
  .option("--huge <pixels>", "sides of the pictures that Zoom-In alone predicts (default: 10000,20000)", sideList)
  .option("-e, --engine <name>", "one of them (default: the best that works)", engineList)
  .option("--steps <count>", "timed steps after the first (default: 3)", count)
  .option("--most <gigabytes>", "what would take more is not tried (default: half of the machine's memory)", factor)
  .option("-f, --files <folder>", "where the pictures are kept (default: nowhere)")
  .option("-t, --timeout <seconds>", "the longest a process may take", count, 600)
  .option("-q, --quick", "small pictures, several processes at a time: does everything run")
  .option("--json <file>", "save all that was found", outputFile)
  .option("--md <file>", "save Markdown tables", outputFile)
  .action(async (options: LargeOptions) => finish(await large(options, interrupt.signal)));

try {
  await program.parseAsync();
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = interrupt.signal.aborted ? 130 : error instanceof BadInput ? 2 : 1;
}
