import { expect } from 'vitest';

/** Secrets that a test has planted, and the check that none of them got out. */
export class Planted {
  private readonly secrets = new Map<string, string>();
  private readonly later: { readonly name: string; readonly read: () => Iterable<string> }[] = [];

  /** @param name what it is, for the message of a failing test */
  add(name: string, secret: string): void {
    // Line by line: a key that is printed one line at a time is out, too.
    for (const line of secret.split('\n')) {
      if (line.length < 12 || line.startsWith('-----')) continue;
      this.secrets.set(line, name);
      this.secrets.set(encodeURIComponent(line), `${name}, URL-encoded`);
      for (const shift of [0, 1, 2]) {
        const encoded = Buffer.from(' '.repeat(shift) + line).toString('base64');
        this.secrets.set(encoded.slice(4, -4), `${name}, in base64`);
      }
    }
  }

  /** Secrets that come to be during a run. */
  addLater(name: string, read: () => Iterable<string>): void {
    this.later.push({ name, read });
  }

  /** @param texts everything a run put out, by where it was found */
  expectNoneIn(texts: Readonly<Record<string, string>>): void {
    for (const { name, read } of this.later) for (const secret of read()) this.add(name, secret);
    const found = Object.entries(texts).flatMap(([where, text]) =>
      [...this.secrets].filter(([secret]) => text.includes(secret)).map(([, name]) => `${name} in ${where}`),
    );
    expect([...new Set(found)], 'planted secrets that got out').toEqual([]);
  }
}
