import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a hub of the tests does, which a test may change at any time. */
export interface HubServer {
  readonly endpoint: string;
  /** The requests so far, such as `GET /timm/net/resolve/…/model.safetensors bytes=5-`. */
  readonly requests: string[];
  /**
   * How many bytes of a file are sent before the connection is cut, for each of the next requests for a file; all of
   * a file that is shorter.
   */
  cuts: number[];
  /** The bytes that are sent in place of a file's. */
  readonly lies: Map<string, Uint8Array>;
  /** Whether ranges are answered; else the complete file is sent. */
  ranges: boolean;
  /** The token without which nothing is shown. */
  token: string | undefined;
  /** A status that every request is answered with. */
  status: number | undefined;
  /** Whether what is said of the revision begins, and never ends. */
  stalls: boolean;
  /** The commit of `main`. */
  commit: string;
  close(): Promise<void>;
}

/** The repository of the tests. */
export const REPOSITORY = "timm/net.a1_in1k";

/** A local server that answers as Hugging Face does. @param files - those of the repository */
export async function hubServer(
  files: Readonly<Record<string, Uint8Array>>,
  repository = REPOSITORY,
): Promise<HubServer> {
  const server = createServer((incoming, response) => answer(hub, repository, files, incoming, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hub: HubServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    cuts: [],
    lies: new Map(),
    ranges: true,
    token: undefined,
    status: undefined,
    stalls: false,
    commit: "a".repeat(40),
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
  return hub;
}

function answer(
  hub: HubServer,
  repository: string,
  files: Readonly<Record<string, Uint8Array>>,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const { url, headers } = incoming;
  hub.requests.push(`GET ${url}${headers.range ? ` ${headers.range}` : ""}`);
  if (hub.status !== undefined) return void response.writeHead(hub.status).end("no");
  if (hub.token !== undefined && headers.authorization !== `Bearer ${hub.token}`)
    return void response.writeHead(401).end("no");
  if (hub.stalls) return void response.write("{");
  if (url === `/api/models/${repository}/revision/main?blobs=true`)
    return void response.end(JSON.stringify(infoOf(hub.commit, files)));
  const path = url?.startsWith(`/${repository}/resolve/${hub.commit}/`) ? url.split("/").at(-1)! : "";
  const bytes = hub.lies.get(path) ?? files[path];
  if (!bytes) return void response.writeHead(404).end("no");
  send(hub, bytes, hub.ranges ? headers.range : undefined, response);
}

function send(hub: HubServer, bytes: Uint8Array, range: string | undefined, response: ServerResponse): void {
  const start = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
  if (range) response.setHeader("content-range", `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  response.writeHead(range ? 206 : 200, { "content-length": bytes.length - start });
  const cut = hub.cuts.shift();
  if (cut === undefined || start + cut >= bytes.length) return void response.end(bytes.subarray(start));
  response.write(bytes.subarray(start, start + cut), () => response.socket?.destroy());
}

/** Weights are large files, with their SHA-256; other files have the hash that git gives them. */
const infoOf = (commit: string, files: Readonly<Record<string, Uint8Array>>) => ({
  sha: commit,
  cardData: { license: "apache-2.0" },
  siblings: Object.entries(files).map(([rfilename, bytes]) => {
    const size = bytes.length;
    const blobId = createHash("sha1").update(`blob ${size}\0`).update(bytes).digest("hex");
    if (!rfilename.endsWith(".safetensors")) return { rfilename, size, blobId };
    return { rfilename, size, blobId, lfs: { size, sha256: createHash("sha256").update(bytes).digest("hex") } };
  }),
});
