import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the nodes of one operator took in a run of a graph. */
export interface OperatorTime {
  readonly operator: string;
  /** Calls of a run. */
  readonly calls: number;
  /** Milliseconds of a run. */
  readonly ms: number;
  /** The shapes of the inputs that most of the time goes to, such as `16×56×56×64, 64`. */
  readonly shapes: string;
}

/** An event of ONNX Runtime's trace, in the format of `chrome://tracing`; times are µs. */
export interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    /** The type and shape of each input, such as `{ float: [16, 64] }`. */
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

/** The events of all traces in a folder. */
export const readTraces = (folder: string): TraceEvent[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as TraceEvent[]);

/**
 * The operators of a graph's trace, the slowest first.
 *
 * @param skip - runs at the beginning that do not count
 */
export function operatorTimes(events: readonly TraceEvent[], skip = 0): OperatorTime[] {
  const runs = events.filter(({ name }) => name === "model_run").toSorted((a, b) => a.ts - b.ts);
  const begin = runs[skip]?.ts ?? Infinity;
  const nodes = events.filter(({ cat, name, ts }) => cat === "Node" && name.endsWith("kernel_time") && ts >= begin);
  const byOperator = groupBy(nodes, ({ args }) => args?.op_name ?? "?");
  const count = runs.length - skip;
  return [...byOperator]
    .map(([operator, calls]) => ({
      operator,
      calls: calls.length / count,
      ms: msOf(calls) / count,
      shapes: slowestShapes(calls),
    }))
    .sort((a, b) => b.ms - a.ms);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

const msOf = (events: readonly TraceEvent[]): number => events.reduce((ms, { dur }) => ms + dur / 1000, 0);

function slowestShapes(calls: readonly TraceEvent[]): string {
  const byShapes = [...groupBy(calls, shapesOf)];
  return byShapes.reduce((worst, next) => (msOf(next[1]) > msOf(worst[1]) ? next : worst))[0];
}

/** The shapes of the inputs of a node; scalars and inputs that are left out say nothing. */
const shapesOf = ({ args }: TraceEvent): string =>
  (args?.input_type_shape ?? [])
    .flatMap((input) => Object.values(input))
    .filter((shape) => shape.length > 0)
    .map((shape) => shape.join("×"))
    .join(", ");
