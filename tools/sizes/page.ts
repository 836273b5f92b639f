import type { EntrySize, Size } from "./sizes.js";

const kB = (bytes: number): string => (bytes / 1000).toFixed(1);
const cells = (size: Size | null): string => (size ? `${kB(size.minified)} | ${kB(size.gzipped)}` : "– | –");

/** What the page says beside the sizes: how they came about, and a size to compare them with. */
export interface Origin {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly core: Size;
}

/** The page of sizes. */
export const sizesPage = (
  sizes: readonly EntrySize[],
  { command, commit, date, core }: Origin,
): string => `# Sizes of bundles

What each entry adds to a bundle of esbuild that uses all of it, in kB (1000 bytes), minified, and then gzipped. A bundler leaves out what
you do not import, so these are the most that an entry can cost. Peer dependencies (\`@tensorflow/tfjs-core\`, \`nsfwjs\`) are not
counted: all of \`@tensorflow/tfjs-core\` is ${kB(core.minified)} kB, gzipped ${kB(core.gzipped)} kB. "Own code" is that of this repository, with the other
packages of it that the entry needs; "with npm" adds what it needs from npm. Entries that need Node are not for bundles: only their own code
is measured.

| entry | browser | own code | gzipped | with npm | gzipped |
| --- | --- | ---: | ---: | ---: | ---: |
${sizes.map(({ name, page, own, whole }) => `| \`${name}\` | ${page ? "yes" : "no"} | ${cells(own)} | ${cells(whole)} |`).join("\n")}

The files of WebAssembly that \`@fovea/engine/wasm\` starts come on top: a browser loads one of the three, 0.3 to 0.4 MB.

**Made by** \`${command}\` at commit ${commit}, ${date}.
`;
