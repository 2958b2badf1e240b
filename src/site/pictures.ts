/** Pictures of documents, copied into the site. */
import { createHash } from 'node:crypto';
import { extname } from 'node:path';

/** Formats that hold pixels only. An SVG can hold scripts, so its name is shown instead. */
const formats = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp', '.avif']);

/** Collects the pictures that pages show. */
export class Pictures {
  /** By path from the site's root. */
  readonly files = new Map<string, Uint8Array>();
  private readonly addresses = new Map<string, string | null>();
  private readonly read: (path: string) => Uint8Array | null;

  /** @param read gives the bytes of a file of the repository, `null` when it cannot be shown */
  constructor(read: (path: string) => Uint8Array | null) {
    this.read = read;
  }

  /** The address of a picture from the folder of pages. Named by its content: the same picture is there once. */
  addressOf(path: string): string | null {
    const known = this.addresses.get(path);
    if (known !== undefined) {
      return known;
    }
    const format = extname(path).toLowerCase();
    const bytes = formats.has(format) ? this.read(path) : null;
    const name = bytes === null ? null : `${createHash('sha256').update(bytes).digest('hex').slice(0, 20)}${format}`;
    if (bytes !== null && name !== null) {
      this.files.set(`pictures/${name}`, bytes);
    }
    const address = name === null ? null : `../pictures/${name}`;
    this.addresses.set(path, address);
    return address;
  }
}
