import { isPeer } from "../job.js";
import { commandOf, type Results } from "../results.js";
import type { Row } from "../row.js";
import { compareEngines, enginesOf } from "../compare-engines.js";
import { stepName } from "./format.js";
import { headline } from "./headline.js";
import { pageTable } from "./rows-table.js";
import { enginesMarkdown } from "./summary.js";
import { markdownTable } from "@fovea/experiment/console";

/** A page on how engines do beside PyTorch. */
export const peerPage = (results: Results): string =>
  [
    "# Engines beside PyTorch",
    `Written by \`${commandOf(results)}\`. ${HOW}`,
    headline(results).replace("\n", "  \n"),
    "## Times",
    enginesMarkdown(results.rows),
    "## The same networks",
    SAME,
    sameness(results.rows),
    "## All numbers",
    markdownTable(pageTable(results.rows)),
  ].join("\n\n") + "\n";

const HOW =
  "The engines and PyTorch take turns, a fresh process each, with the same batch; a factor above 1× means that the first " +
  "column is the faster one. `pytorch-compile` is `torch.compile` with its defaults, its first steps not counted. " +
  "PyTorch's maps lie in memory with their channels last, which its convolutions prefer on a CPU. A step of inference " +
  "ends when its result can be read from JavaScript, or from Python; a training step has SGD with momentum.";

const SAME =
  "Both sides start from the same file of weights and inputs. Before a time counts, the weights must be equal in number, the " +
  "output or the loss equal to 1e-3 and every gradient to 5e-2, the price of ReLUs whose gates rounding flips. What remains, relative, of the value and of the worst gradient:";

/** One line a step: how many weights both sides have, and how far apart the peers' numbers are. */
function sameness(rows: readonly Row[]): string {
  const peers = enginesOf(rows).filter(isPeer);
  const lines = compareEngines(rows).map(({ first, by }) => [
    first.case,
    stepName(first),
    ...[first, ...peers.map((peer) => by.get(peer))].map((row) => row?.stats?.params.toLocaleString("en") ?? "–"),
    ...peers.map((peer) => (by.get(peer)?.stats ? differences(by.get(peer)!) : "–")),
  ]);
  const engine = enginesOf(rows)[0];
  const head = [
    "case",
    "step",
    ...[engine, ...peers].map((name) => `weights, ${name}`),
    ...peers.map((peer) => `${peer} apart by`),
  ];
  return markdownTable({ head, rows: lines, words: 2 });
}

function differences({ mode, observations }: Row): string {
  const worst = (key: "valueDifference" | "difference") =>
    Math.max(...observations.map((one) => one[key] ?? NaN)).toExponential(1);
  return mode === "infer" ? worst("valueDifference") : `${worst("valueDifference")}, ${worst("difference")}`;
}
