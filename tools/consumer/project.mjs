import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const compiler = { typescript: "5.9.3", "@types/node": "^20.19.0" };

const tsconfig = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"], // tfjs-core's types speak of the DOM
    module: "NodeNext",
    moduleResolution: "NodeNext",
    strict: true,
    skipLibCheck: false,
    outDir: "out",
  },
  include: ["main.ts"],
};

/**
 * Makes a project of a stranger: its packages come from the tarballs, or from npm if they are not among them.
 *
 * @param names - the packages to install
 * @param program - the text of `main.ts`
 * @returns its folder
 */
export async function makeProject(name, { names, program }, tarballs, home) {
  const folder = join(home, name);
  await mkdir(folder);
  const source = (packageName) => [
    packageName,
    packageName in tarballs ? `file:${tarballs[packageName]}` : "latest", // what `npm install` takes
  ];
  const manifest = {
    name: `consumer-${name}`,
    private: true,
    type: "module",
    dependencies: Object.fromEntries(names.map(source)),
    devDependencies: compiler,
    // not on the registry yet: whatever a tarball depends on inside the scope comes from its tarball
    overrides: Object.fromEntries(
      Object.keys(tarballs)
        .filter((other) => !names.includes(other))
        .map(source),
    ),
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig, null, 2));
  await writeFile(join(folder, "main.ts"), program);
  await stepIn(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline");
  return folder;
}

/** Compiles `main.ts` with nothing skipped, and runs it. */
export async function tryProject(folder) {
  await stepIn(folder, "node", "node_modules/typescript/bin/tsc", "-p", ".");
  const output = await stepIn(folder, "node", "out/main.js");
  console.log(output.trimEnd().replace(/^/gm, "    "));
}

/** Runs a command in a project, and says how long it took. @throws Error with all that it printed, if it fails */
async function stepIn(folder, command, ...args) {
  const start = Date.now();
  const { stdout } = await run(command, args, { cwd: folder }).catch((error) => {
    throw new Error(`${folder}: \`${[command, ...args].join(" ")}\` failed\n${error.stdout}\n${error.stderr}`);
  });
  console.log(`  ${command} ${args[0]} ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return stdout;
}
