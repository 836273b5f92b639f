import type { Measurement } from "./evaluation.js";
import type { Experiment, RunOptions } from "./experiment.js";
import type { JobRecord, Results, Row } from "./results.js";
import type { SettingsOf, SettingsSpec } from "./settings.js";

/** `count` seeds from the first one on. */
export const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

/** What a report is made from, from the records of jobs. */
export function resultsOf<Figures>(
  { variants, metrics, selectBy }: Pick<Experiment, "variants" | "metrics" | "selectBy">,
  settings: SettingsOf<SettingsSpec>,
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
function rowsOf({ variant, sweep, settings: { seed }, stages, test }: JobRecord, selectBy = ""): Row[] {
  const measured = (split: Row["split"], stage: string, found: readonly Measurement[] = []) =>
    found.map(({ metric, value, at }): Row => {
      return { ...{ variant, seed, sweep, split, metric, value }, at: { ...(stage !== "" && { stage }), ...at } };
    });
  return [
    ...stages.flatMap(({ name, best }) => measured("validation", name, best ? [{ metric: selectBy, value: best.value }] : [])), // prettier-ignore
    ...stages.flatMap(({ name, test: own }) => measured("test", name, own?.measurements)),
    ...measured("test", "", test?.measurements),
  ];
}
