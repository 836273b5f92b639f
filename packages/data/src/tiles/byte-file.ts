import { fromUrl } from "geotiff";

/** Bytes that are read in parts. */
export interface ByteFile {
  readonly name: string;
  /** Null where only the server knows. */
  readonly size: number | null;
  /** @returns `length` bytes from `offset`, all of them inside the file if `size` is known */
  read(offset: number, length: number): Promise<ArrayBufferLike>;
  close(): Promise<void>;
}

/** The source of a TIFF: a path (in Node), a URL of a server that knows byte ranges, or the bytes. */
export type ByteInput = string | URL | Blob | ArrayBuffer | Uint8Array;

const nothing = () => Promise.resolve();

/** @throws Error if a path cannot be opened, or is given where there is no file system */
export async function byteFile(input: ByteInput, name?: string): Promise<ByteFile> {
  if (typeof input === "string") return pathFile(input, name ?? input);
  if (input instanceof URL) return urlFile(input, name ?? input.href);
  if (input instanceof Blob) {
    const read = (offset: number, length: number) => input.slice(offset, offset + length).arrayBuffer();
    const title = "name" in input && typeof input.name === "string" ? input.name : "TIFF";
    return { name: name ?? title, size: input.size, read, close: nothing };
  }
  const bytes = input instanceof Uint8Array ? input : new Uint8Array(input);
  const read = (offset: number, length: number) =>
    // `slice` of a Buffer would not copy
    Promise.resolve(new Uint8Array(bytes.subarray(offset, offset + length)).buffer);
  return { name: name ?? "TIFF", size: bytes.byteLength, read, close: nothing };
}

async function pathFile(path: string, name: string): Promise<ByteFile> {
  // Asked for at run time: an import of it would keep browsers and bundlers from loading this file.
  const fs = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.("node:fs/promises");
  if (!fs) throw new Error("a path can be read in Node only; give a Blob, a URL or the bytes");
  const file = await fs.open(path, "r");
  const { size } = await file.stat();
  const read = async (offset: number, length: number) => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`the file ends at byte ${offset + done}, it was longer when it was opened`);
      done += bytesRead;
    }
    return bytes.buffer;
  };
  return { name, size, read, close: () => file.close() };
}

async function urlFile(url: URL, name: string): Promise<ByteFile> {
  // which fetches in blocks of 64 KiB and keeps some
  const { source } = await fromUrl(url.href, { allowFullFile: false });
  const read = async (offset: number, length: number) => (await source.fetch([{ offset, length }]))[0]!;
  return { name, size: null, read, close: () => source.close() };
}
