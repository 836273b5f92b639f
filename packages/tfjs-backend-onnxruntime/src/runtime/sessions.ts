import { createSession, type Session } from "./session.js";

/** Sessions by model; those that ran longest ago are given up first. */
export interface Sessions {
  get(model: Uint8Array, threads: number): Session;
  readonly size: number;
  dispose(): void;
}

/**
 * @param budget - most threads that the sessions may have together; one counts 1 even if it has no threads beside the
 *   caller's
 */
export function sessionCache(budget: number): Sessions {
  const sessions = new Map<string, Session>();
  let threadsHeld = 0;
  const giveUp = (key: string, session: Session) => {
    sessions.delete(key);
    threadsHeld -= session.threads;
    session.dispose();
  };
  return {
    get(model, threads) {
      const key = `${threads}:${Buffer.from(model.buffer, model.byteOffset, model.byteLength).toString("latin1")}`;
      const known = sessions.get(key);
      if (known) return known;
      const session = createSession(model, threads);
      sessions.set(key, session);
      threadsHeld += threads;
      while (threadsHeld > budget && sessions.size > 1) giveUp(...leastRecent(sessions));
      return session;
    },
    get size() {
      return sessions.size;
    },
    dispose: () => sessions.forEach((session, key) => giveUp(key, session)),
  };
}

/** Looked for only beside the making of a session, which takes far longer. */
const leastRecent = (sessions: Iterable<[string, Session]>): [string, Session] =>
  [...sessions].reduce((least, entry) => (entry[1].lastRun < least[1].lastRun ? entry : least));
