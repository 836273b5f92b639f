// Uses the published packages as a stranger does: packs each, installs the tarballs outside the workspace, compiles
// TypeScript against their types with nothing skipped, and runs the result in plain Node.
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { packAll } from "./tarballs.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const compiler = { typescript: "5.9.3", "@types/node": "^20.19.0" };

/** What each project installs directly; the engine runs it, tfjs-core is the peer. */
const projects = {
  all: null,
  losses: ["@fovea/losses", "@fovea/engine"],
  fusion: ["@fovea/fusion", "@fovea/engine"],
};

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

async function tryProject(name, names, tarballs, home) {
  const folder = join(home, name);
  await mkdir(folder);
  const direct = names ?? Object.keys(tarballs);
  const file = (packageName) => [packageName, `file:${tarballs[packageName]}`];
  const manifest = {
    name: `consumer-${name}`,
    private: true,
    type: "module",
    dependencies: { ...Object.fromEntries(direct.map(file)), "@tensorflow/tfjs-core": "4.22.0" },
    devDependencies: compiler,
    // not on the registry yet: whatever a tarball depends on inside the scope comes from its tarball
    overrides: Object.fromEntries(
      Object.keys(tarballs)
        .filter((other) => !direct.includes(other))
        .map(file),
    ),
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig, null, 2));
  await copyFile(new URL(`project/${name}.ts`, import.meta.url), join(folder, "main.ts"));
  const steps = [
    ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"],
    ["node", "node_modules/typescript/bin/tsc", "-p", "."],
    ["node", "out/main.js"],
  ];
  for (const [command, ...args] of steps) {
    const start = Date.now();
    const { stdout } = await run(command, args, { cwd: folder }).catch((error) => {
      throw new Error(`project ${name}: \`${[command, ...args].join(" ")}\` failed\n${error.stdout}\n${error.stderr}`);
    });
    console.log(`  ${command} ${args[0]} ${((Date.now() - start) / 1000).toFixed(1)} s`);
    if (args[0] === "out/main.js") console.log(stdout.trimEnd().replace(/^/gm, "    "));
  }
}

const home = await realpath(await mkdtemp(join(tmpdir(), "fovea-consumer-")));
try {
  console.log("consumer: packing");
  const tarballs = await packAll(root, home);
  for (const [name, names] of Object.entries(projects)) {
    console.log(`consumer: project ${name} (${names?.join(", ") ?? "every package"})`);
    await tryProject(name, names, tarballs, home);
  }
  console.log(`consumer: ${Object.keys(projects).length} projects compiled and ran.`);
} catch (error) {
  console.error(`consumer: FAILED\n${error.message}`);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true });
}
