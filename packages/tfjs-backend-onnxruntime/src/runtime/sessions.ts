import { createSession, type Session } from "./session.js";

/** Sessions by model, the least recently used given up first. */
export interface Sessions {
  get(model: Uint8Array, threads: number): Session;
  readonly size: number;
  dispose(): void;
}

/**
 * @param budget - most threads that the sessions may have together; one counts 1 even if it has no threads beside the caller's
 * @param onDispose - told of each session that is given up, so that nobody runs it again
 */
export function sessionCache(budget: number, onDispose: (session: Session) => void): Sessions {
  const sessions = new Map<string, Session>();
  let threadsHeld = 0;
  const giveUp = (key: string, session: Session) => {
    sessions.delete(key);
    threadsHeld -= session.threads;
    onDispose(session);
    session.dispose();
  };
  return {
    get(model, threads) {
      const key = `${threads}:${Buffer.from(model.buffer, model.byteOffset, model.byteLength).toString("latin1")}`;
      const session = sessions.get(key) ?? createSession(model, threads);
      if (!sessions.delete(key)) threadsHeld += threads; // a map keeps the order of insertion: the newest go last
      sessions.set(key, session);
      for (const [oldest, old] of sessions) {
        if (threadsHeld <= budget || old === session) break;
        giveUp(oldest, old);
      }
      return session;
    },
    get size() {
      return sessions.size;
    },
    dispose: () => sessions.forEach((session, key) => giveUp(key, session)),
  };
}
