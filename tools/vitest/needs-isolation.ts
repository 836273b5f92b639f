import { posix } from "node:path";
import { importsOf, type SourceFile } from "../layout/violations.js";

/** What a test must not do in a process that other tests share: it would outlast the file. */
const lasting: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["starts processes", /["'](node:)?child_process["']/],
  ["starts threads", /["'](node:)?(worker_threads|cluster)["']/],
  ["replaces modules", /\bvi\.(do)?(un)?mock\(/i],
  ["changes what tfjs has registered", /\b(un)?(register|remove)(Backend|Kernel|Gradient)\b/i],
  ["listens to the process", /\bprocess\.(on|once|addListener|prependListener)\(/],
  ["ends the process", /\bprocess\.(exit|abort|kill)\(/],
];

/** Each thing for which a test, or a helper that it imports, needs a process of its own. */
export function needsIsolation(test: SourceFile, read: (path: string) => string | undefined): string[] {
  return withHelpers(test, read).flatMap(({ path, text }) =>
    lasting.filter(([, pattern]) => pattern.test(text)).map(([what]) => `${path} ${what}`),
  );
}

/** The test and all that it imports by relative path, but for the sources under test. */
function withHelpers(test: SourceFile, read: (path: string) => string | undefined): SourceFile[] {
  const files = new Map([[test.path, test]]);
  for (const { path, text } of files.values())
    for (const specifier of importsOf(text).filter((name) => name.startsWith("."))) {
      const helper = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
      const helperText = helper.includes("/src/") || files.has(helper) ? undefined : read(helper);
      if (helperText !== undefined) files.set(helper, { path: helper, text: helperText });
    }
  return [...files.values()];
}
