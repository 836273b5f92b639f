import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/**
 * Starts a registry on a free port of this machine: it takes what `npm publish` sends, keeps it in memory, gives it to
 * `npm install`, and asks no other registry.
 *
 * @returns its address, what was published (`packument` by package name, `tarball` by package name and version), and `close`
 */
export async function startRegistry() {
  const packuments = new Map();
  const tarballs = new Map();

  const publish = ({ _attachments, ...packument }) => {
    const before = packuments.get(packument.name) ?? { versions: {}, "dist-tags": {} };
    const [[version, manifest]] = Object.entries(packument.versions);
    if (version in before.versions)
      return [403, { error: `cannot publish over the previously published version ${version}` }];
    const [attachment] = Object.values(_attachments);
    tarballs.set(decodeURIComponent(new URL(manifest.dist.tarball).pathname), Buffer.from(attachment.data, "base64"));
    packuments.set(packument.name, {
      ...packument,
      versions: { ...before.versions, ...packument.versions },
      "dist-tags": { ...before["dist-tags"], ...packument["dist-tags"] },
    });
    return [201, { ok: true }];
  };

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://registry").pathname);
    const found = tarballs.get(path) ?? packuments.get(path.slice(1));
    const missing = [404, { error: `${path} is not in this registry` }];
    const [status, body] = request.method === "PUT" ? publish(await json(request)) : found ? [200, found] : missing;
    // npm would keep an answer for the next registry on the same port
    response.writeHead(status, { "cache-control": "no-store", "content-type": "application/json" });
    response.end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    packument: (name) => packuments.get(name),
    tarball: (name, version) =>
      tarballs.get(decodeURIComponent(new URL(packuments.get(name).versions[version].dist.tarball).pathname)),
    close: () => server.close(),
  };
}
