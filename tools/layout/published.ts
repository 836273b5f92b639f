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

/** What is wrong with the package.json of a published package; one sentence each. */
export function publishingProblems(member: string, manifest: Manifest): string[] {
  const { files = [], scripts = {}, keywords = [], dependencies, devDependencies } = manifest;
  const fields = Object.entries(expectedFields(member)).map(
    ([field, value]) =>
      [
        isDeepStrictEqual((manifest as unknown as Record<string, unknown>)[field], value),
        `\`${field}\` must be ${JSON.stringify(value)}`,
      ] as const,
  );
  const packed = ["dist", "src", "CHANGELOG.md"].map(
    (file) => [files.includes(file), `\`files\` must name ${file}`] as const,
  );
  const ranges = Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name]) => name.startsWith("@fovea/"))
    .map(([name, range]) => [/^\^\d/.test(range), `\`${name}\` must be a range with a caret, got ${range}`] as const);
  return [
    ...fields,
    ...packed,
    ...ranges,
    [
      scripts["prepack"] === "npm run build",
      "`prepack` must be `npm run build`: a package is published built",
    ] as const,
    [keywords.length >= 5, "`keywords` must be five or more"] as const,
  ]
    .filter(([right]) => !right)
    .map(([, rule]) => `${member}/package.json: ${rule}.`);
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
