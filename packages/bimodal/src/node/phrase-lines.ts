/** A sentence and its noun phrases. */
export interface SentencePhrases {
  readonly text: string;
  /** In the order of the sentence; each in lower case, its words joined by one space. */
  readonly phrases: readonly string[];
}

/** A line of the file: the sentences of one image. */
export interface PhraseLine {
  readonly id: string;
  readonly sentences: readonly SentencePhrases[];
  /** The line as it is in the file. */
  readonly source: string;
}

const SHAPE = '{"id": "…", "sentences": [{"text": "…", "phrases": ["…", …]}, …]}';

/** One image as a line of JSON, with the spaces that make it easy to read. */
export function phraseLine(id: string, sentences: readonly SentencePhrases[]): PhraseLine {
  const written = sentences.map(
    ({ text, phrases }) => `{"text": ${json(text)}, "phrases": [${phrases.map(json).join(", ")}]}`,
  );
  return { id, sentences, source: `{"id": ${json(id)}, "sentences": [${written.join(", ")}]}` };
}

const json = (text: string): string => JSON.stringify(text);

/**
 * Reads the lines of a file, by id. Empty lines are passed over.
 *
 * @param name - the name of the file, for errors
 * @throws Error that says file and line
 */
export function readPhraseLines(text: string, name: string): Map<string, PhraseLine> {
  const lines = new Map<string, PhraseLine>();
  text.split("\n").forEach((row, i) => {
    const source = row.trim(); // U+FEFF too, with which some editors begin a file
    if (source === "") return;
    const fail = (expected: string, got: string): never => {
      throw new Error(`cachedPhrases: ${name}:${i + 1}: expected ${expected}, got ${got}.`);
    };
    const line = lineOf(source, fail);
    if (lines.has(line.id)) fail("every image on one line", `a second line of ${json(line.id)}`);
    lines.set(line.id, line);
  });
  return lines;
}

type Fail = (expected: string, got: string) => never;

function lineOf(source: string, fail: Fail): PhraseLine {
  const { id, sentences } = fieldsOf(parsed(source, fail));
  if (typeof id !== "string" || !Array.isArray(sentences)) return fail(SHAPE, shortened(source));
  return { id, sentences: sentences.map((sentence: unknown) => sentenceOf(sentence, fail)), source };
}

function parsed(source: string, fail: Fail): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    return fail(`JSON, ${SHAPE}`, `${shortened(source)} (${(cause as Error).message})`);
  }
}

function sentenceOf(sentence: unknown, fail: Fail): SentencePhrases {
  const { text, phrases } = fieldsOf(sentence);
  if (typeof text !== "string" || !Array.isArray(phrases))
    return fail('sentences {"text": "…", "phrases": ["…", …]}', shortened(JSON.stringify(sentence)));
  return { text, phrases: phrases.map((phrase: unknown) => phraseOf(phrase, fail)) };
}

const phraseOf = (phrase: unknown, fail: Fail): string =>
  plainPhrase(phrase) || fail("phrases of at least one word", shortened(JSON.stringify(phrase)));

/** A phrase in the form in which the file has it, whoever wrote it; "" if it is none. */
export const plainPhrase = (phrase: unknown): string =>
  typeof phrase === "string" ? phrase.normalize("NFC").toLowerCase().trim().split(/\s+/).join(" ") : "";

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
