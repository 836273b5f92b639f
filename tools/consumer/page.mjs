import { execFile } from "node:child_process";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";

const run = promisify(execFile);

/** Types as a page has them: the DOM's. */
const tsconfig = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    module: "ESNext",
    moduleResolution: "Bundler",
    types: ["long"], // which tfjs-core speaks of; none of Node
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  },
  include: ["main.ts"],
};

/**
 * Compiles and bundles the page that trains, in a project in which the packages are installed.
 *
 * @returns the folder to serve
 * @throws Error that lists the errors of its types, or the warnings of the bundler
 */
export async function buildPage(source, project) {
  const folder = join(project, "page");
  await cp(source, folder, { recursive: true });
  await compile(project, folder, tsconfig);
  await copyWasm(project, join(folder, "public", "wasm"));
  const warnings = [];
  const warn = (message) => warnings.push(message);
  const error = (message) => warnings.push(message);
  const logger = {
    info() {},
    warn,
    warnOnce: warn,
    error,
    clearScreen() {},
    hasErrorLogged: () => false,
    hasWarned: false,
  };
  await build({
    root: folder,
    configFile: false,
    logLevel: "warn",
    customLogger: logger,
    build: { target: "es2022", chunkSizeWarningLimit: 5000 }, // in kB; `npm run sizes` says how large the packages are
  });
  if (warnings.length > 0) throw new Error(`the bundler warns of the page:\n${warnings.join("\n")}`);
  return join(folder, "dist");
}

/** The program of the page in Node, on the same engine: what it prints. */
export async function inNode(project) {
  const folder = join(project, "page");
  const { lib, strict } = tsconfig.compilerOptions;
  const node = { module: "NodeNext", target: "ES2022", lib, strict, skipLibCheck: true, outDir: join(folder, "node") };
  await compile(project, folder, { compilerOptions: node, include: ["node.ts"] });
  return JSON.parse((await run("node", [join(folder, "node", "node.js")])).stdout);
}

async function compile(project, folder, config) {
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await run("node", [join(project, "node_modules/typescript/bin/tsc"), "-p", folder]).catch(({ stdout }) => {
    throw new Error(`the page does not compile:\n${stdout}`);
  });
}

async function copyWasm(project, to) {
  const from = join(project, "node_modules/@tensorflow/tfjs-backend-wasm/dist");
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) if (name.endsWith(".wasm")) await cp(join(from, name), join(to, name));
}
