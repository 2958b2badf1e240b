/** The version of package.json, put in by the build. */
declare const __VERSION__: string;

declare module '*.md' {
  const text: string;
  export default text;
}

declare module '*.yml' {
  const text: string;
  export default text;
}

declare module '*.css' {
  const text: string;
  export default text;
}

declare module '*.svg' {
  const text: string;
  export default text;
}

/** Scripts for the browser, as text. */
declare module '*.client.js' {
  const text: string;
  export default text;
}
