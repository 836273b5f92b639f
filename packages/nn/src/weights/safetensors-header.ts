/** One tensor of a safetensors file. Offsets count from the end of the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What the first part of a safetensors file says. */
export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors' bytes start. */
  readonly start: number;
}

/** Bytes a number takes, for every dtype that can be read. */
export const WIDTHS = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof WIDTHS;

const who = "decodeSafetensors";

/** The limit of the reference implementation: a longer header is an attack or another format. */
const LONGEST_HEADER = 100_000_000;

/**
 * Reads and checks everything before any tensor is made: the bytes of the tensors must follow one another without a gap
 * or an overlap and fill the file, as the format demands.
 *
 * @throws RangeError that says which tensor and what is wrong
 */
export function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 8)
    throw new RangeError(`${who}: the file has ${bytes.length} bytes, fewer than the 8 of a length.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const start = 8 + length;
  if (length > LONGEST_HEADER)
    throw new RangeError(
      `${who}: the header claims ${length} bytes, more than ${LONGEST_HEADER}; is this safetensors?`,
    );
  if (start > bytes.length)
    throw new RangeError(`${who}: the header claims ${length} bytes, but only ${bytes.length - 8} follow; truncated?`);
  const { __metadata__: metadata = {}, ...tensors } = parse(bytes.subarray(8, start));
  const entries = Object.entries(tensors).map(([name, value]) => entryOf(name, value));
  requireContiguous(entries, bytes.length - start);
  return { entries, metadata: stringsOf(metadata), start };
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RangeError(`${who}: the header is not JSON in UTF-8.`, { cause });
  }
  if (!isRecord(json)) throw new RangeError(`${who}: the header must be a JSON object.`);
  return json;
}

function entryOf(name: string, value: unknown): Entry {
  const bad = (what: string) => new RangeError(`${who}: tensor \`${name}\`: ${what}.`);
  if (!isRecord(value)) throw bad("its header entry must be an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(WIDTHS, dtype))
    throw bad(`dtype must be one of ${Object.keys(WIDTHS).join(", ")}, got ${String(dtype)}`);
  if (!isCounts(shape)) throw bad(`shape must be whole numbers, got ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw bad(`data_offsets must be two whole numbers, got ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, side) => product * side, WIDTHS[dtype as Dtype]);
  if (end - begin !== size)
    throw bad(
      `${dtype} [${shape.join(", ")}] takes ${size} bytes, but data_offsets [${begin}, ${end}] span ${end - begin}`,
    );
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

function requireContiguous(entries: readonly Entry[], available: number): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw new RangeError(
        `${who}: tensor \`${name}\` begins at ${begin}, but the one before it ends at ${at}: ${begin < at ? "they overlap" : "a gap"}.`,
      );
    at = end;
  }
  if (at !== available)
    throw new RangeError(
      `${who}: the tensors take ${at} bytes, but ${available} follow the header; ${at > available ? "truncated?" : "left-over bytes."}`,
    );
}

function stringsOf(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    throw new RangeError(`${who}: \`__metadata__\` must map strings to strings.`);
  return metadata as Record<string, string>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0);
