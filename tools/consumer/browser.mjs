import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, extname, join, normalize } from "node:path";

const javascript = "text/javascript";
const types = { ".html": "text/html", ".js": javascript, ".mjs": javascript, ".wasm": "application/wasm" };

/** Threads of wasm need both. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The Chromium of this machine: `CHROMIUM` of the environment, or what is on the path; undefined if there is none. */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/**
 * Opens a page in a headless Chromium, and waits until it posts its report to `/report`.
 *
 * @param folder - what is served
 * @param options.isolated - whether the page is cross-origin isolated
 * @throws Error if the page reports an error, or nothing in the given time
 */
export async function reportOf(chromium, folder, { isolated = false, seconds = 120 } = {}) {
  const { promise: report, resolve } = Promise.withResolvers?.() ?? deferred();
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request, response) {
    if (request.url === "/report") {
      let text = "";
      for await (const part of request) text += part;
      response.end();
      return resolve(JSON.parse(text));
    }
    const path = normalize(request.url === "/" ? "/index.html" : request.url.split("?")[0]);
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    const headers = { "Content-Type": types[extname(path)] ?? "text/plain", ...(isolated && isolation) };
    response.writeHead(bytes ? 200 : 404, headers).end(bytes);
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const profile = await mkdtemp(join(tmpdir(), "fovea-chromium-"));
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(chromium, [...flags, `http://127.0.0.1:${server.address().port}/`], {
    stdio: "ignore",
    detached: true,
  });
  let running = true;
  const ended = new Promise((settle) => {
    child.once("error", (error) => settle(error.message)); // it could not be started
    child.once("exit", (code, signal) => settle(`it ended with ${signal ?? `code ${code}`}`));
  }).then((reason) => {
    running = false;
    resolve({ error: reason });
  });
  const timer = setTimeout(() => resolve({ error: `no report within ${seconds} s` }), 1000 * seconds);
  try {
    const result = await report;
    if (result.error !== undefined) throw new Error(`the page failed in ${chromium}: ${result.error}`);
    return result;
  } finally {
    clearTimeout(timer);
    if (running) process.kill(-child.pid, "SIGKILL"); // with all that it has started
    await ended;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
