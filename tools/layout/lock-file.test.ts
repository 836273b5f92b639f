import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

/**
 * Optional packages that the lock file asks for and does not have: npm leaves out what it cannot fetch, and `npm ci`
 * then refuses.
 */
function missingOptional({ packages }: Lock): string[] {
  const known = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)!));
  const asked = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
  return [...new Set(asked)].filter((name) => !known.has(name));
}

it("the lock file has the binaries of every platform", () => {
  const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as Lock;
  expect(missingOptional(lock)).toEqual([]);
});

it("a platform left out is found", () => {
  const lock = {
    packages: {
      "node_modules/tool": { optionalDependencies: { "tool-mac": "1", "tool-linux": "1" } },
      "node_modules/tool-linux": {},
    },
  };
  expect(missingOptional(lock)).toEqual(["tool-mac"]);
});
