import { fileURLToPath } from "node:url";
import { Eta } from "eta";

const eta = new Eta({ views: fileURLToPath(new URL(".", import.meta.url)), autoEscape: true });

/** A template of this folder, filled in. `escape` is for what a template puts into markup of its own. */
export const page = (
  template: "mvhfmd" | "mcloss" | "zoomin" | "zoomin-prediction" | "prediction",
  data: object,
): string => eta.render(`./${template}`, { escape, ...data });

const escape = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
