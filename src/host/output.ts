import { StringDecoder } from 'node:string_decoder';

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 1024 * 1024;

/** Keeps the first bytes of a stream and drops the rest. */
export class Capture {
  truncated = false;
  private readonly chunks: Buffer[] = [];
  private room: number;

  constructor(maxBytes: number) {
    this.room = maxBytes;
  }

  push(chunk: Buffer): void {
    if (chunk.length > this.room) this.truncated = true;
    if (this.room === 0 || chunk.length === 0) return;
    // A copy: a slice would hold on to the larger buffer it was cut from.
    const kept = Buffer.from(chunk.subarray(0, this.room));
    this.room -= kept.length;
    this.chunks.push(kept);
  }

  /** What was kept. The parts are let go of: together with the whole they would take twice the memory. */
  bytes(): Buffer {
    const whole = this.chunks.length === 1 ? this.chunks[0] : undefined;
    if (whole) return whole;
    this.chunks.splice(0, this.chunks.length, Buffer.concat(this.chunks));
    return this.chunks[0] ?? Buffer.alloc(0);
  }
}

/** Bytes as UTF-8; a character cut in half at the end is left out. */
export function textOf(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes);
}

/** Cuts a stream into lines: without line ends, each at most 1 MiB (the rest of a longer one is dropped). */
export class LineSplitter {
  private readonly onLine: (line: string) => void;
  private line = new Capture(MAX_LINE_BYTES);
  private started = false;

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      if (this.started || at - from > MAX_LINE_BYTES) {
        this.line.push(chunk.subarray(from, at));
        this.flush();
      } else {
        this.give(chunk.toString('utf8', from, at));
      }
      from = at + 1;
    }
    if (from < chunk.length) {
      this.line.push(chunk.subarray(from));
      this.started = true;
    }
  }

  /** The last line may lack its line end. */
  end(): void {
    if (this.started) this.flush();
  }

  private flush(): void {
    const text = textOf(this.line.bytes());
    this.line = new Capture(MAX_LINE_BYTES);
    this.started = false;
    this.give(text);
  }

  private give(text: string): void {
    this.onLine(text.endsWith('\r') ? text.slice(0, -1) : text);
  }
}

/**
 * Finds the wrapper's first line (`<mark> <word>`) in an output that may begin with what a login shell prints.
 * What follows that line is the program's own output.
 */
export class Preamble {
  /** The word after the mark once it was seen: a process id, or `folder`. */
  word: string | null = null;
  private readonly mark: string;
  private readonly maxBytes: number;
  private seen: Buffer = Buffer.alloc(0);

  constructor(mark: string, maxBytes = 256 * 1024) {
    this.mark = mark;
    this.maxBytes = maxBytes;
  }

  /** The part of a chunk that is the program's output. */
  take(chunk: Buffer): Buffer {
    if (this.word !== null) return chunk;
    this.seen = Buffer.concat([this.seen, chunk]).subarray(-this.maxBytes);
    const at = this.seen.indexOf(`${this.mark} `);
    const end = at < 0 ? -1 : this.seen.indexOf(NEWLINE, at);
    if (end < 0) return Buffer.alloc(0);
    this.word = this.seen.toString('latin1', at + this.mark.length + 1, end);
    const rest = this.seen.subarray(end + 1);
    this.seen = this.seen.subarray(0, at);
    return rest;
  }

  /** What came before the mark, or everything while it was not seen; for messages. */
  before(): string {
    return textOf(this.seen);
  }
}
