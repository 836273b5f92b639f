// Rehearses a release: in a copy of the checkout it raises the versions, and publishes every package, which builds it, to a
// registry of its own; then it looks at what arrived, and uses one package as a stranger would. Nothing leaves this machine,
// and the checkout stays as it is.
import { appendFile, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firstSteps } from "../consumer/readme.mjs";
import { wrongPackage } from "./arrived.mjs";
import { copyCheckout } from "./checkout.mjs";
import { startRegistry } from "./registry.mjs";
import { output } from "./run.mjs";
import { installAndRun, resolveTogether } from "./stranger.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readJson = async (...path) => JSON.parse(await readFile(join(...path), "utf8"));

/** The package whose README a stranger follows. */
const tried = "losses";

/** Raises the versions. A release goes out only when no changeset is left, and `npm ci` wants the lock file to agree. */
async function raiseVersions(checkout) {
  const locked = async () => Object.keys((await readJson(checkout, "package-lock.json")).packages).join("\n");
  const before = await locked();
  await output("npm", ["run", "release:version"], { cwd: checkout });
  const left = (await readdir(join(checkout, ".changeset"))).filter((file) => file.endsWith(".md"));
  if (left.length > 0) throw new Error(`changesets are left, which the release waits for: ${left.join(", ")}`);
  if ((await locked()) !== before) throw new Error("package-lock.json has lost or gained packages");
}

/** Tries to publish a package that cannot be built. Nothing is built yet here, but its source could be packed. */
async function publishUnbuilt(checkout, registry, env) {
  const source = join(checkout, "packages", tried, "src/index.ts");
  const text = await readFile(source, "utf8");
  await appendFile(source, '\nexport const broken: number = "";\n');
  const failure = await output("npm", ["publish", `./packages/${tried}`], { cwd: checkout, env }).then(
    () => new Error("npm published it"),
    (error) => error,
  );
  await writeFile(source, text);
  if (!failure.message.includes("TS2322") || registry.packument(`@fovea/${tried}`))
    throw new Error(
      `a package that cannot be built must not be published, because of its error TS2322: ${failure.message}`,
    );
}

/** The package.json of every package that is not private. */
async function published(checkout) {
  const folders = await readdir(join(checkout, "packages"));
  const manifests = await Promise.all(folders.map((folder) => readJson(checkout, "packages", folder, "package.json")));
  return manifests.filter((manifest) => !manifest.private);
}

async function inspect(manifests, registry, scratch) {
  const wrong = [];
  for (const manifest of manifests) wrong.push(...(await wrongPackage(registry, manifest, scratch)));
  if (wrong.length > 0) throw new Error(`what arrived is not right:\n${wrong.join("\n")}`);
  for (const { name, version } of manifests) console.log(`  ${name}@${version}`);
}

async function step(name, action) {
  const start = Date.now();
  const result = await action();
  console.log(`release: ${name}, ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/**
 * An environment in which npm knows one registry alone. A line for a scope, `@fovea:registry=…`, would be stronger than
 * the registry for all, so that the user's own settings are left out, and the scope is named too.
 */
async function onlyRegistry(url, home) {
  const settings = join(home, "npmrc");
  await writeFile(settings, "");
  return {
    ...process.env,
    npm_config_userconfig: settings,
    npm_config_registry: url,
    "npm_config_@fovea:registry": url,
  };
}

async function rehearse(home, registry) {
  const checkout = join(home, "checkout");
  const env = await onlyRegistry(registry.url, home);
  await step("copied the checkout", () => copyCheckout(root, checkout));
  await step("raised the versions", () => raiseVersions(checkout));
  await appendFile(join(checkout, ".npmrc"), `${registry.url.replace("http:", "")}:_authToken=none\n`); // npm wants one
  await step("what cannot be built stayed here", () => publishUnbuilt(checkout, registry, env));
  await step("built and published", () => output("npm", ["run", "release:publish"], { cwd: checkout, env }));
  const manifests = await published(checkout);
  await step("what arrived is right", () => inspect(manifests, registry, join(home, "arrived")));
  await step("all resolve together", () => resolveTogether(manifests, registry, join(home, "together")));
  const steps = await firstSteps(checkout, tried);
  const printed = await step(`npm install ${steps.names.join(" ")} and its first program`, () =>
    installAndRun(steps, registry, join(home, "stranger")),
  );
  console.log(printed.trimEnd().replace(/^/gm, "    "));
  console.log(`release: ${manifests.length} packages could go out.`);
}

const home = await realpath(await mkdtemp(join(tmpdir(), "fovea-release-")));
const registry = await startRegistry();
try {
  await rehearse(home, registry);
} catch (error) {
  console.error(`release: FAILED\n${error.message}`);
  process.exitCode = 1;
} finally {
  registry.close();
  await rm(home, { recursive: true, force: true });
}
