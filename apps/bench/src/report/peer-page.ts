import { isPeer } from "../job.js";
import { commandOf, type Results } from "../results.js";
import type { Row } from "../row.js";
import { compareEngines, enginesOf } from "../compare-engines.js";
import { stepWithThreads } from "./format.js";
import { headline } from "./headline.js";
import { pageTable } from "./rows-table.js";
import { firstSteps, peaks, ratios, stepTimes } from "./peer-tables.js";
import { markdownTable } from "@fovea/experiment/console";

/** A page on how engines do beside PyTorch. */
export function peerPage(results: Results): string {
  const { rows } = results;
  const hasPeers = enginesOf(rows).some(isPeer);
  return (
    [
      "# Engines beside PyTorch",
      `Written by \`${commandOf(results)}\`. ${HOW}`,
      headline(results).replace("\n", "  \n"),
      "## How many times as fast",
      hasPeers ? `${RATIOS}\n\n${ratios(rows)}` : "There was no PyTorch on the machine: its columns are left out.",
      "## Times",
      `The median step (p50) in ms:\n\n${stepTimes(rows)}`,
      "## First call",
      `${FIRST}\n\n${firstSteps(rows)}`,
      "## Memory",
      `${PEAK}\n\n${peaks(rows)}`,
      ...(hasPeers ? ["## The same networks", SAME, sameness(rows)] : []),
      "## All numbers",
      markdownTable(pageTable(rows)),
    ].join("\n\n") + "\n"
  );
}

const HOW =
  "The engines and PyTorch take turns, each time in a new process, with the same batch and number of threads. " +
  "`onnxruntime` runs operation by operation, `onnxruntime-compiled` runs each step as one graph. `pytorch` is " +
  "PyTorch's eager mode, `pytorch-compile` is `torch.compile` with its defaults. PyTorch's maps have their channels " +
  "last in memory, because its convolutions are faster so on a CPU. A step of inference ends when its result can be " +
  "read from JavaScript or Python. A training step has SGD with momentum. The step says the batch, the views of a " +
  "sample (×) and the side of an image in pixels (@).";

const RATIOS =
  "A factor above 1× means that the engine is faster than PyTorch: the median of the rounds, with its 95 % interval " +
  "if there was more than one.";

const FIRST =
  "The first step in ms, which is not counted above. `onnxruntime-compiled` records the step and makes its graph in " +
  "it; `pytorch-compile` compiles, or loads what an earlier process has compiled:";

const PEAK =
  "Peak resident memory in MB, minus that of the process before the network was made; weights and inputs are included:";

const SAME =
  "All start from the same file of weights and inputs. A time counts only if the numbers of weights are equal, the " +
  "output or the loss agrees within 1e-3, and every gradient within 5e-2. (Gradients may differ more because " +
  "rounding switches single ReLUs on or off.) The differences that remain, relative: of the output or the loss, " +
  "and of the worst gradient:";

/** One line a step: how many weights both sides have, and how far apart the peers' numbers are. */
function sameness(rows: readonly Row[]): string {
  const peers = enginesOf(rows).filter(isPeer);
  const lines = compareEngines(rows).map(({ first, by }) => [
    first.case,
    stepWithThreads(first),
    ...[first, ...peers.map((peer) => by.get(peer))].map((row) => row?.stats?.params.toLocaleString("en") ?? "–"),
    ...peers.map((peer) => (by.get(peer)?.stats ? differences(by.get(peer)!) : "–")),
  ]);
  const engine = enginesOf(rows)[0];
  const head = [
    "case",
    "step",
    ...[engine, ...peers].map((name) => `weights, ${name}`),
    ...peers.map((peer) => `difference, ${peer}`),
  ];
  return markdownTable({ head, rows: lines, words: 2 });
}

function differences({ mode, observations }: Row): string {
  const worst = (key: "valueDifference" | "difference") =>
    Math.max(...observations.map((one) => one[key] ?? NaN)).toExponential(1);
  return mode === "infer" ? worst("valueDifference") : `${worst("valueDifference")}, ${worst("difference")}`;
}
