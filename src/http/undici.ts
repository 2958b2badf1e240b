/** What is used of undici; imported when it is needed. */
export { EnvHttpProxyAgent, request } from 'undici';
