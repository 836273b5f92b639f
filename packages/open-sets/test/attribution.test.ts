import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sources } from "@fovea/open-sets";
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
    const { author, license } = await readJson<IconInfo>(source.name, "info.json");
    const { name, url, licence, licenceText } = source;
    expect({ name, author: source.author, url, licence, licenceText }).toEqual({
      name,
      author: author.name,
      url: author.url,
      licence: license.spdx,
      licenceText: license.url,
    });
  });

  it.each(sources.filter(({ name }) => !name.startsWith("@iconify-json/")))("says what $name says", async (source) => {
    const { name, url, licence, licenceText } = source;
    const at = (file: string) => packagePath(name, `${up[name] ?? "."}/${file}`, inside[name]);
    const manifest = JSON.parse(await readFile(at("package.json"), "utf8")) as Manifest;
    expect(licence).toBe(manifest.license);
    expect(manifest.repository?.url).toContain(url.replace(/\.git$/, ""));
    if (!licenceText.startsWith("https"))
      expect(await readFile(at(licenceText), "utf8")).toContain(`${licence} License`);
  });

  it("covers the README", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    for (const source of sources) {
      const row = readme.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${source.name}\``)) ?? "";
      for (const fact of [source.author, source.licence, source.licenceText]) expect(row).toContain(fact);
    }
  });
});
