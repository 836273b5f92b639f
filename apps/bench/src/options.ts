import { existsSync } from "node:fs";
import { engines, type EngineName } from "@fovea/engine";
import { InvalidArgumentError } from "commander";
import { MODES, type Mode } from "./job.js";

export const ENGINES = engines.map(({ name }) => name);

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
export const modeList: (text: string) => Mode[] = listOf(MODES);

/** A whole number of at least 1. */
export function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError(`expected a whole number of at least 1, got \`${text}\`.`);
  return number;
}

export const countList = (text: string): number[] => unique(text.split(",")).map(count);

/** A whole number. */
export function seed(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(number))
    throw new InvalidArgumentError(`expected a whole number, got \`${text}\`.`);
  return number;
}

/** A file that can be written: said before hours are spent, not after. */
export function outputFile(path: string): string {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
  if (!existsSync(folder)) throw new InvalidArgumentError(`there is no folder \`${folder}\`.`);
  return path;
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];
