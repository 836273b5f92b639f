import type { Answer, Asking, Reply, Request } from "./protocol.js";

/** A fresh process: one question, one answer. */
process.once("message", (request: Request) => {
  void answer(request).then((reply) => process.send!(reply, () => process.disconnect()));
});
process.once("disconnect", () => process.exit()); // answered, or whoever asked is gone

async function answer(request: Request): Promise<Reply> {
  try {
    return { ok: true, value: await answers[request.kind](request as never) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Loaded once it is known what for: a process has the code in memory that it measures, and no other. */
const cases = () => import("./answers.js");
const large = () => import("../large/answers.js");

const answers: Readonly<Record<Request["kind"], (request: never) => Promise<Answer>>> = {
  measure: async (request: Asking<"measure">) => (await cases()).measure(request),
  digest: async (request: Asking<"digest">) => (await cases()).digest(request),
  twin: async (request: Asking<"twin">) => (await cases()).twin(request),
  picture: async (request: Asking<"picture">) => (await large()).picture(request),
  estimate: async (request: Asking<"estimate">) => (await large()).estimate(request),
  network: async (request: Asking<"network">) => (await large()).network(request),
  source: async (request: Asking<"source">) => (await large()).source(request),
};
