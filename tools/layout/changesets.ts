import { type SourceFile } from "./violations.js";

/** Packages and sizes that a changeset names, e.g. `[["@fovea/nn", "minor"]]`. */
const releasesOf = (text: string): Array<[string, string]> =>
  [.../^---\n(.*?)^---$/ms.exec(text)![1]!.matchAll(/^["'](.+)["']: (\w+)$/gm)].map(([, name, size]) => [name!, size!]);

/**
 * What is wrong with a changeset; one sentence each. One that names only private packages is never used up, and the
 * release workflow publishes only when none is left.
 */
export function changesetProblems(versions: Readonly<Record<string, string>>, { path, text }: SourceFile): string[] {
  return releasesOf(text).flatMap(([name, size]) => {
    const version = versions[name];
    if (!version) return [`${path} names ${name}, which is not published: nobody would read it.`];
    const early = size === "major" && version.startsWith("0.");
    return early ? [`${path} would make ${name} 1.0.0: before that, what breaks is minor.`] : [];
  });
}
