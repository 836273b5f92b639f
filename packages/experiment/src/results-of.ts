import type { Module } from "@fovea/nn";
import type { Evaluation } from "./evaluation.js";
import type { Experiment, RunOptions } from "./experiment.js";
import type { JobRecord, Results, Row } from "./results.js";
import type { SettingsOf, SettingsSpec } from "./settings.js";

/** `count` seeds from the first one on. */
export const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

/** What a report is made from, from the records of jobs. */
export function resultsOf<Spec extends SettingsSpec, Data, Model extends Module, Figures>(
  { variants, metrics, selectBy }: Pick<Experiment<Spec, Data, Model, Figures>, "variants" | "metrics" | "selectBy">,
  settings: SettingsOf<Spec>,
  { command, typed, variants: ids, seeds }: Pick<RunOptions, "command" | "typed" | "variants" | "seeds">,
  records: readonly JobRecord<Figures>[],
): Results<Figures> {
  const shared = records.filter(({ sweep }) => sweep === null);
  const paramsOf = (id: string) => shared.find(({ variant }) => variant === id)?.params ?? 0;
  return {
    ...{ command, settings, metrics, records, typed },
    seeds: seedsFrom(settings.seed, seeds),
    variants: variants
      .filter(({ id }) => ids.includes(id))
      .map(({ id, name, description, baseline }) => ({ id, name, description, baseline, params: paramsOf(id) })),
    rows: records.flatMap((record) => rowsOf(record, selectBy)),
    data: shared.at(-1)?.data ?? { name: "", description: "", classes: [], sizes: {}, sources: [] },
  };
}

/** The rows of a record. */
function rowsOf(record: JobRecord, selectBy: string | undefined): Row[] {
  const { variant, sweep, settings } = record;
  const shared = { variant, seed: settings.seed, sweep };
  const named = (stage: string): Row["at"] => (stage === "" ? {} : { stage });
  const kept = record.stages.flatMap(({ name, best }) =>
    best && selectBy
      ? [
          {
            ...shared,
            split: "validation" as const,
            metric: selectBy,
            value: best.value,
            at: named(name),
          },
        ]
      : [],
  );
  const tested = (evaluation: Evaluation | null, more: Row["at"]) =>
    (evaluation?.measurements ?? []).map(({ metric, value, at = {} }) => ({ ...shared, split: "test" as const, metric, value, at: { ...more, ...at } })); // prettier-ignore
  return [...kept, ...record.stages.flatMap(({ name, test }) => tested(test, named(name))), ...tested(record.test, {})];
}
