import type { BrokenEngine, Diagnosis, EngineDiagnosis, WorkingEngine } from "./doctor.js";

const COLUMNS = 80;

/** The diagnosis as text of at most 80 columns, without colours. */
export function formatDiagnosis(diagnosis: Diagnosis): string {
  const working = diagnosis.engines.filter(works);
  const broken = diagnosis.engines.filter((engine): engine is BrokenEngine => !engine.works);
  return [
    `Node ${diagnosis.node} on ${diagnosis.platform}, ${diagnosis.cores} cores, tfjs ${diagnosis.tfjs}`,
    copies(diagnosis),
    diagnosis.gradients ? "Gradients are registered." : "No gradients are registered: import @tensorflow/tfjs-layers.",
    "",
    ...table(diagnosis.engines),
    "",
    ...wrap(
      `useEngine() takes \`${working.find(({ experimental }) => !experimental)?.name ?? "none"}\`. FOVEA_ENGINE or useEngine("…") asks for another.`,
    ),
    ...broken.flatMap(({ name, reason, remedy }) => ["", ...wrap(`${name}: ${reason}.`), `  ${remedy}`]),
    ...working.flatMap(kernels),
  ].join("\n");
}

const works = (engine: EngineDiagnosis): engine is WorkingEngine => engine.works;

function copies({ coreCopies }: Diagnosis): string {
  if (coreCopies.length <= 1) return "One tfjs-core.";
  const list = coreCopies.map(({ version, path }) => `\n  ${version}  ${path}`).join("");
  return `${coreCopies.length} tfjs-cores, which do not know each other's tensors:${list}\n  npm ls @tensorflow/tfjs-core; npm dedupe`;
}

function table(found: readonly EngineDiagnosis[]): string[] {
  const head = ["engine", "works", "matMul", "conv", "training"];
  const rows = found.map((engine) => {
    const name = engine.experimental ? `${engine.name} (experimental)` : engine.name;
    if (!engine.works) return [name, "no", "", "", ""];
    const { matMul, conv, training } = engine.speed;
    return [name, "yes", `${short(matMul)} GFLOP/s`, `${short(conv)} GFLOP/s`, `${short(training)} images/s`];
  });
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
  return [head, ...rows].map(
    (row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ").trimEnd(), // prettier-ignore
  );
}

const STOCK = { missing: "lacks", wrong: "has wrong", slow: "has slow" } as const;

function kernels({ name, completed, missing, fallbacks }: WorkingEngine): string[] {
  const lines = (["missing", "wrong", "slow"] as const).flatMap((stock) => {
    const names = completed.filter((kernel) => kernel.stock === stock).map((kernel) => kernel.name);
    return names.length > 0 ? wrap(`Stock ${name} ${STOCK[stock]}; brought by us: ${names.join(", ")}.`) : [];
  });
  if (missing.length > 0) lines.push(...wrap(`${name} still lacks, of what cpu has: ${missing.join(", ")}.`));
  const slow = Object.entries(fallbacks).map(([kernel, times]) => `${kernel} (${times} times)`);
  if (slow.length > 0) lines.push(...wrap(`${name} fell back to JavaScript in: ${slow.join(", ")}.`));
  return lines.length > 0 ? ["", ...lines] : [];
}

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

/** Lines of at most 80 columns; all but the first are indented. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(lines.length > 0 ? `  ${word}` : word);
  }
  return lines;
}
