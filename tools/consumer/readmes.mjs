import { execFile, spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Every program in the documentation of the published packages: its place, and its code. */
export async function examplesOf(root, packages) {
  const folders = await readdir(join(root, "packages"));
  const published = [];
  for (const folder of folders) {
    const { name } = JSON.parse(await readFile(join(root, "packages", folder, "package.json"), "utf8"));
    if (packages.includes(name)) published.push(`packages/${folder}/README.md`);
  }
  const examples = [];
  for (const path of ["README.md", "CONTRIBUTING.md", ...published]) {
    const text = await readFile(join(root, path), "utf8");
    for (const block of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
      const line = text.slice(0, block.index).split("\n").length + 1;
      examples.push({ place: `${path}:${line}`, code: block[1] });
    }
  }
  return examples;
}

/**
 * Runs every example by itself: in a process and a folder of its own, with nothing set up before it.
 *
 * @param folder - a project in which the packages are installed
 * @returns what fails, by place
 */
export async function runAlone(root, folder, examples) {
  const files = examples.map(({ place }) => place.replace(/\W+/g, "-"));
  await mkdir(join(folder, "examples"));
  for (const [i, { code }] of examples.entries())
    await writeFile(join(folder, "examples", `${files[i]}.ts`), `${code}\nexport {};\n`);
  const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.examples.json"];
  await writeFile(
    join(folder, "tsconfig.examples.json"),
    JSON.stringify({
      extends: "./tsconfig.json",
      compilerOptions: { skipLibCheck: true, rootDir: "examples", outDir: "out/examples" },
      include: ["examples"],
    }),
  );
  await run("node", tsc, { cwd: folder }).catch(({ stdout }) => {
    throw new Error(`the examples do not compile:\n${stdout}`);
  });
  const hub = await startHub(root);
  try {
    return await failuresOf(folder, files, examples, { HF_ENDPOINT: hub.endpoint, FOVEA_CACHE: join(folder, "cache") });
  } finally {
    hub.child.stdin.end();
  }
}

/** Two at a time, as many as the cores of a small machine. */
async function failuresOf(folder, files, examples, env) {
  const failures = [];
  const waiting = [...files.keys()];
  const work = async () => {
    for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) {
      const cwd = join(folder, "work", files[i]);
      await mkdir(cwd, { recursive: true });
      const program = join(folder, "out", "examples", `${files[i]}.js`);
      await run("node", [program], { cwd, env: { ...process.env, ...env } }).catch(({ stderr }) =>
        failures.push(`${examples[i].place}: ${stderr.trim().split("\n").slice(-12).join("\n")}`),
      );
    }
  };
  await Promise.all([work(), work()]);
  return failures;
}

/** The hub of the tests, as a process of the workspace. */
async function startHub(root) {
  const args = ["--conditions=@fovea/source", "--import", "tsx", "tools/consumer/hub.ts"];
  const child = spawn("node", args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  for await (const endpoint of createInterface({ input: child.stdout })) return { child, endpoint };
  throw new Error("the hub of the examples did not start.");
}
