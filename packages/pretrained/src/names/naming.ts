/** How one library names the weights of a network, in terms of the names here. */
export interface Naming {
  /** The library, and the network if the naming is for one alone. */
  readonly name: string;
  /** The name here of a published name. A name that the naming does not know stays as it is. */
  readonly rename: (key: string) => string;
}

/** Replaces the longest prefix that is listed; a prefix ends at a dot. */
export const byPrefix =
  (prefixes: Readonly<Record<string, string>>) =>
  (key: string): string => {
    for (let end = key.lastIndexOf("."); end > 0; end = key.lastIndexOf(".", end - 1)) {
      const to = prefixes[key.slice(0, end)];
      if (to !== undefined) return to + key.slice(end);
    }
    return key;
  };
