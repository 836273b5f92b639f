import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { pageEntries } from "../layout/pages.js";
import { manifestOf, members, root } from "../workspace.js";

/** Bytes of a bundle. */
export interface Size {
  readonly minified: number;
  readonly gzipped: number;
}

/** How large an entry is in a bundle that uses all of it. */
export interface EntrySize {
  /** What one imports, e.g. `@fovea/nn/node`. */
  readonly name: string;
  /** Whether it loads in a page. */
  readonly page: boolean;
  /** The code of this repository alone, that of other packages of it included. */
  readonly own: Size;
  /**
   * The same with what it needs from npm, but for peer dependencies; null for entries of Node, which are not bundled.
   */
  readonly whole: Size | null;
}

/** The sizes of every entry of every published package, by name. */
export async function entrySizes(): Promise<EntrySize[]> {
  const published = members
    .map((member) => ({ member, manifest: manifestOf(member) }))
    .filter((m) => !m.manifest.private);
  const peers = published.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}));
  const sizes: EntrySize[] = [];
  for (const { member, manifest } of published)
    for (const entry of Object.keys(manifest.exports ?? {}).filter((path) => path !== "./package.json")) {
      const name = manifest.name + entry.slice(1);
      const page = pageEntries[member]?.includes(entry) ?? false;
      const own = await sizeOf(name, { npm: false, page, outside: peers });
      sizes.push({ name, page, own, whole: page ? await sizeOf(name, { npm: true, page, outside: peers }) : null });
    }
  return sizes;
}

/** What a bundle is for, and what it has. */
interface BundleOptions {
  /** Whether packages from npm are part of it. */
  readonly npm: boolean;
  /** Whether it is for a page, where importing a module of Node is an error. */
  readonly page: boolean;
  /** Packages that are never part of it. */
  readonly outside: readonly string[];
}

/** The size of all that an entry exports. @throws Error if it cannot be bundled without a warning */
export async function sizeOf(name: string, { npm, page, outside }: BundleOptions): Promise<Size> {
  const { outputFiles, warnings } = await build({
    stdin: { contents: `export * from "${name}";`, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: page ? "browser" : "node",
    conditions: ["@fovea/source"],
    external: outside.flatMap((peer) => [peer, `${peer}/*`]),
    plugins: npm ? [] : [ownCode],
    logLevel: "silent",
  });
  if (warnings.length > 0)
    throw new Error(`${name}: the bundler warns: ${warnings.map(({ text }) => text).join("; ")}.`);
  const { contents } = outputFiles[0]!;
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
}

/** Leaves every package from npm out. */
const ownCode: Plugin = {
  name: "own code",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^[^./]/ }, ({ path }) => (path.startsWith("@fovea/") ? undefined : { path, external: true })),
};
