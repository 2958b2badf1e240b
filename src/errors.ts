/**
 * An error the user can do something about: a wrong setting, a refused connection, a missing file.
 * Everything else that is thrown is a bug and keeps its stack.
 */
export class UserError extends Error {
  /** What to do about it, in one or more sentences or commands. */
  readonly remedy: string;

  /**
   * @param message what happened and why, one line, without a trailing full stop needed
   * @param remedy what the reader should do now
   */
  constructor(message: string, remedy: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UserError';
    this.remedy = remedy;
  }
}

/** The message of anything that can be thrown, on one line. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map(messageOf).join('; ');
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}

/** Thrown where a run was asked to stop (SIGTERM, SIGINT). */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}
