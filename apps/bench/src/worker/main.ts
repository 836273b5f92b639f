import type { Answers, Request, RequestOf, Response } from "./protocol.js";

/** A fresh process: one request, one response. */
process.once("message", (request: Request) => {
  void respond(request).then((response) => process.send!(response, () => process.disconnect()));
});
process.once("disconnect", () => process.exit()); // answered, or the parent is gone

async function respond(request: Request): Promise<Response> {
  try {
    return { ok: true, value: await handlers[request.kind](request as never) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Loaded once the request is known, so that a process has no other code in memory than the code it measures. */
const cases = () => import("./handlers.js");
const large = () => import("../large/handlers.js");

const handlers: { readonly [Kind in Request["kind"]]: (request: RequestOf<Kind>) => Promise<Answers[Kind]> } = {
  measure: async (request) => (await cases()).measureCase(request),
  checksums: async (request) => (await cases()).computeChecksums(request),
  snapshot: async (request) => (await cases()).takeSnapshot(request),
  "measure-large": async (request) => (await large()).measureLarge(request),
  image: async (request) => (await large()).image(request),
  memory: async (request) => (await large()).memory(request),
};
