import { pathToFileURL } from "node:url";
import type { Case } from "./case.js";

/** Whether a name is of a user's module and of a function that it exports: `./my-model.js#create`. */
export const isUserCase = (name: string): boolean => name.includes("#");

/**
 * A case whose subject the user's function makes from a `Size`. Its name, as typed, says where to find the function.
 */
export const userCase = (name: string): Case => ({
  name,
  batch: 8,
  image: { full: 64, tiny: 32 },
  multiView: true,
  async make(size) {
    const [path, member] = name.split("#") as [string, string];
    const module = (await import(pathToFileURL(path).href)) as Record<string, Case["make"] | undefined>;
    const make = module[member];
    if (typeof make !== "function") throw new TypeError(`${path} exports no function \`${member}\`.`);
    return make(size);
  },
});
