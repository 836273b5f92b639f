import type { DataSummary, Evaluation } from "./evaluation.js";
import { formatted, type Metric } from "./metric.js";
import type { Provenance } from "./provenance.js";
import { table, type Section } from "./section.js";

/** A number of the long table that every run adds to. */
export interface Row {
  /** Id of the variant. */
  readonly variant: string;
  /** Seed of the run. */
  readonly seed: number;
  /** `validation`: of the epoch that was kept. */
  readonly split: "validation" | "test";
  /** One of the experiment's `metrics`. */
  readonly metric: string;
  /** Null where there is no such number. */
  readonly value: number | null;
  /** Under which conditions it was measured: `{ views: 3 }`, or `{ stage: "512" }`. Empty if there is one only. */
  readonly at: Readonly<Record<string, string | number>>;
  /** Null for the variants and seeds themselves. */
  readonly sweep: string | null;
}

/** What one stage of training came to. */
export interface StageRecord {
  /** Name of the stage; empty where a variant has one only. */
  readonly name: string;
  /** How long training took. */
  readonly seconds: number;
  /** Terms of the loss by name, one number a step. */
  readonly curves: Readonly<Record<string, readonly number[]>>;
  /** What was measured on validation data, by name, one number an epoch. */
  readonly validation: Readonly<Record<string, readonly number[]>>;
  /** The epoch whose weights were kept, counted from 1, and what `selectBy` was then; null if the last ones were. */
  readonly best: { readonly epoch: number; readonly value: number } | null;
  /** What was measured on test data; null if nothing was. */
  readonly test: Evaluation | null;
}

/** What a job found: its file. */
export interface JobRecord<Figures = unknown> extends Provenance {
  /** Id of the job: `seed-0/mc`. */
  readonly id: string;
  /** Id of the experiment. */
  readonly experiment: string;
  /** Id of the variant. */
  readonly variant: string;
  /** The series of further jobs that it belongs to; null for the variants and seeds themselves. */
  readonly sweep: string | null;
  /** The settings that its numbers follow from. */
  readonly settings: Readonly<Record<string, unknown>> & { readonly seed: number };
  /** What was typed. */
  readonly command: string;
  /** What it was trained and tested on. */
  readonly data: DataSummary;
  /** How many numbers training moves. */
  readonly params: number;
  /** What each stage of training came to, in order. */
  readonly stages: readonly StageRecord[];
  /** What was measured on test data after all stages; null if nothing was. */
  readonly test: Evaluation | null;
  /** What `explain` has returned. Default: none. */
  readonly figures?: Figures;
}

/** Which numbers are meant. */
export interface Quantity {
  /** One of the experiment's `metrics`. */
  readonly metric: string;
  /** Default `test`. */
  readonly split?: Row["split"];
  /** Only numbers measured under these conditions. Default: any. */
  readonly at?: Row["at"];
  /** Default: the variants and seeds themselves. */
  readonly sweep?: string | null;
}

/** A variant that there are results of. */
export interface VariantSummary {
  /** Its id: `mc`. */
  readonly id: string;
  /** Its name, as tables have it. */
  readonly name: string;
  /** One sentence: what it is. */
  readonly description: string;
  /** Id of the variant that it is compared with. Default: none. */
  readonly baseline?: string | undefined;
  /** How many numbers training moves. */
  readonly params: number;
}

/** What a report is made from. */
export interface Results<Figures = unknown> {
  /** `run` looks at one model closely, `results` compares several seeds. */
  readonly command: "run" | "results";
  /** The settings that all jobs but those of sweeps share. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The seeds of all variants, in order. */
  readonly seeds: readonly number[];
  /** How each kind of measured number is called and written, by name. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** The variants that were trained, in the experiment's order. */
  readonly variants: readonly VariantSummary[];
  /** All measured numbers, one a row. */
  readonly rows: readonly Row[];
  /** The records of all jobs. */
  readonly records: readonly JobRecord<Figures>[];
  /** What the models were trained and tested on. */
  readonly data: DataSummary;
  /** What was typed. */
  readonly typed: string;
}

/** A variant's rows of a quantity, one for each seed that has one, in the order of the seeds. */
function rowsFor(
  { rows }: Pick<Results, "rows">,
  variant: string,
  { metric, split = "test", at = {}, sweep = null }: Quantity,
): Row[] {
  const found = rows.filter(
    (row) =>
      row.variant === variant &&
      row.metric === metric &&
      row.split === split &&
      row.sweep === sweep &&
      Object.entries(at).every(([key, value]) => row.at[key] === value),
  );
  return found.toSorted((a, b) => a.seed - b.seed);
}

/** A variant's values, one for each seed that has one, in the order of the seeds. */
export const valuesOf = (results: Pick<Results, "rows">, variant: string, quantity: Quantity): (number | null)[] =>
  rowsFor(results, variant, quantity).map(({ value }) => value);

/** A column of `variantTable`. */
export interface Column {
  /** Head of the column. */
  readonly title: string;
  /** Numbers, which are written as their metric says; or what a variant's cell says. */
  readonly cell: Quantity | ((variant: VariantSummary) => string);
}

/**
 * A row for each variant, mean ± standard deviation over the seeds.
 *
 * @param title - of the first column, which has the variants' names: what the table is about. Default: none
 */
export const variantTable = (
  results: Results,
  columns: readonly Column[],
  title = "",
): Extract<Section, { kind: "table" }> =>
  table(
    [title, ...columns.map(({ title }) => title)],
    results.variants.map((variant) => [
      variant.name,
      ...columns.map(({ cell }) => (typeof cell === "function" ? cell(variant) : cellOf(results, variant.id, cell))),
    ]),
  );

/** A variant's numbers, as a table or a sentence says them. */
export const cellOf = (results: Measured, variant: string, quantity: Quantity): string =>
  formatted(results.metrics[quantity.metric]!, valuesOf(results, variant, quantity));
type Measured = Pick<Results, "rows" | "metrics">;

/**
 * How much more one variant has than another, seed by seed: such a difference is free of what the seed's data and order
 * do to both.
 */
export function difference(
  results: Measured,
  variant: string,
  baseline: string,
  quantity: Quantity,
  other: Quantity = quantity,
): string {
  const theirs = new Map(rowsFor(results, baseline, other).map(({ seed, value }) => [seed, value]));
  const gains = rowsFor(results, variant, quantity).map(({ seed, value }) => {
    const base = theirs.get(seed) ?? null;
    return value === null || base === null ? null : value - base;
  });
  return formatted(results.metrics[quantity.metric]!, gains);
}

/**
 * A sentence for each variant that has a baseline: `MC against CE: test top-1 1.6 ± 2.8, validation top-1 0.3 ± 0.2`.
 */
export const baselineDifferences = (results: Results, quantities: readonly Quantity[]): string[] =>
  results.variants.flatMap(({ id, name, baseline }) => {
    const base = results.variants.find((variant) => variant.id === baseline);
    if (!base) return [];
    const gains = quantities.map((quantity) => {
      const { split = "test", metric } = quantity;
      return `${split} ${results.metrics[metric]!.title} ${difference(results, id, base.id, quantity)}`;
    });
    return [`${name} against ${base.name}: ${gains.join(", ")}`];
  });
