import { isDeepStrictEqual } from "node:util";
import { type Manifest } from "../workspace.js";

const home = "https://github.com/fovea-ml/fovea";

/** What every published package.json says. npm signs where a package was built only if `repository` is that place. */
const expectedFields = (member: string): Readonly<Record<string, unknown>> => ({
  license: "Apache-2.0",
  author: "Fovea contributors",
  homepage: `${home}/tree/main/${member}#readme`,
  repository: { type: "git", url: `git+${home}.git`, directory: member },
  bugs: { url: `${home}/issues` },
  // .npmrc switches scripts off in the workspace, and with them `prepack`; a publish must build all the same
  publishConfig: { access: "public", "ignore-scripts": false },
});

/** A sentence on package.json, and whether it holds. */
type Rule = readonly [holds: boolean, sentence: string];

/** What is wrong with the package.json of a published package; one sentence each. */
export function publishingProblems(member: string, manifest: Manifest): string[] {
  const { files = [], scripts = {}, keywords = [], dependencies, devDependencies } = manifest;
  const values = new Map<string, unknown>(Object.entries(manifest));
  const fields = Object.entries(expectedFields(member)).map(([name, value]): Rule => [
    isDeepStrictEqual(values.get(name), value),
    `\`${name}\` must be ${JSON.stringify(value)}`,
  ]);
  const packed = ["dist", "src", "CHANGELOG.md"].map((file): Rule => [
    files.includes(file),
    `\`files\` must name ${file}`,
  ]);
  const ranges = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name]) => name.startsWith("@fovea/"))
    .map(([name, range]): Rule => [/^\^\d/.test(range), `\`${name}\` must be a range with a caret, got ${range}`]);
  const built: Rule = [
    scripts["prepack"] === "npm run build",
    "`prepack` must be `npm run build`, which publishing runs",
  ];
  const found: Rule = [keywords.length >= 5, "`keywords` must be five or more"];
  return [...fields, ...packed, ...ranges, built, found]
    .filter(([holds]) => !holds)
    .map(([, sentence]) => `${member}/package.json: ${sentence}.`);
}

/** Keywords of a package that no other package has, by member. */
export function ownKeywords(keywords: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  const all = Object.values(keywords).flat();
  return Object.fromEntries(
    Object.entries(keywords).map(([member, words]) => [
      member,
      words.filter((word) => all.indexOf(word) === all.lastIndexOf(word)),
    ]),
  );
}
