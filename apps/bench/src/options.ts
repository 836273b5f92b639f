import { existsSync } from "node:fs";
import { engines, type EngineName } from "@fovea/engine";
import { InvalidArgumentError } from "commander";
import { COMPILED, MODES, type LocalRunner, type Mode } from "./job.js";

export const ENGINES = engines.map(({ name }) => name);
/** The engines, and what a job can also run on. */
export const RUNNERS: readonly LocalRunner[] = [...ENGINES, COMPILED];

/** `a,b` as a list without repetitions, each item of which must be one of `known`. */
const listOf =
  <T extends string>(known: readonly T[]) =>
  (text: string): T[] =>
    unique(text.split(",")).map((item) => {
      const found = known.find((one) => one === item.trim());
      if (!found) throw new InvalidArgumentError(`\`${item}\` is none of ${known.join(", ")}.`);
      return found;
    });

export const engineList: (text: string) => EngineName[] = listOf(ENGINES);
export const runnerList: (text: string) => LocalRunner[] = listOf(RUNNERS);
export const modeList: (text: string) => Mode[] = listOf(MODES);

const numberThat =
  (expected: string, fits: (number: number) => boolean) =>
  (text: string): number => {
    const number = text.trim() === "" ? NaN : Number(text);
    if (!fits(number)) throw new InvalidArgumentError(`expected ${expected}, got \`${text}\`.`);
    return number;
  };

export const count = numberThat("a whole number of at least 1", (x) => Number.isSafeInteger(x) && x >= 1);
export const seed = numberThat("a whole number", Number.isSafeInteger);
export const factor = numberThat("a number above 0", (x) => x > 0 && x < Infinity);

export const countList = (text: string): number[] => unique(text.split(",")).map(count);

/** The side of a large image, in which a tile must fit. */
const side = numberThat("a side of at least 256 whole pixels", (x) => Number.isSafeInteger(x) && x >= 256);
export const sideList = (text: string): number[] => unique(text.split(",")).map(side);

/** The path of a file in a folder that exists: else it is refused now, and not after hours of work. */
export function outputFile(path: string): string {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  if (!existsSync(folder)) throw new InvalidArgumentError(`there is no folder \`${folder}\`.`);
  return path;
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];
