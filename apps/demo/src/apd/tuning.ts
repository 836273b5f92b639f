import type { Job, Results } from "@fovea/experiment";
import type { Settings } from "./settings.js";
import { STUDENT } from "./variants.js";

/** Series of jobs of the student alone beyond the variants: with a better learning rate, and also as long as APD. */
export const TUNED = "tuned";
export const LONG = "as long as APD";

/** The variant whose time the long student is given. */
const APD = "apd";

export const idOf = (rate: number): string => `tune/rate-${rate}`;

/** One run of the student alone for each learning rate. Test data are not used. */
export const tuneJobs = (settings: Settings): Job<Settings>[] =>
  settings.tuneRates.map((learningRate) => ({
    ...{ id: idOf(learningRate), variant: STUDENT, sweep: "tune", tested: false },
    settings: { ...settings, learningRate },
  }));

/** The learning rate with the best validation mIoU, the first of equal ones; undefined until all are there. */
export function bestRate({ records }: Pick<Results, "records">, { tuneRates }: Settings): number | undefined {
  const values = tuneRates.map((rate) => records.find(({ id }) => id === idOf(rate))?.stages[0]!.best!.value);
  if (values.length === 0 || values.includes(undefined)) return undefined;
  return tuneRates[values.indexOf(Math.max(...(values as number[])))];
}

/**
 * The student alone with the best learning rate, each seed: for as many epochs as others, unless all students have that
 * rate, and for as long as APD.
 */
export function tunedJobs(results: Results, settings: Settings): Job<Settings>[] {
  const learningRate = bestRate(results, settings);
  if (learningRate === undefined) return [];
  const jobs = (sweep: string, name: string, epochs: number) =>
    results.seeds.map((seed): Job<Settings> => ({
      ...{ id: `seed-${seed}/${name}`, variant: STUDENT, sweep },
      settings: { ...settings, learningRate, epochs, seed },
    }));
  const ratio = timeRatio(results);
  return [
    ...(learningRate === settings.learningRate ? [] : jobs(TUNED, "student-tuned", settings.epochs)),
    ...(ratio === undefined ? [] : jobs(LONG, "student-long", Math.max(1, Math.round(settings.epochs * ratio)))),
  ];
}

/** How much longer APD takes than the student alone, over all seeds; undefined until all of them are there. */
export function timeRatio({ records, seeds }: Pick<Results, "records" | "seeds">): number | undefined {
  const seconds = (variant: string) =>
    records
      .filter((record) => record.variant === variant && record.sweep === null)
      .map(({ stages }) => stages.reduce((sum, stage) => sum + stage.seconds, 0));
  const [own, alone] = [seconds(APD), seconds(STUDENT)];
  if (own.length < seeds.length || alone.length < seeds.length) return undefined;
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return sum(own) / sum(alone);
}
