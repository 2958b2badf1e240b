/** Login by the pod's service account. */
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.ts';
import { printable, type Redactor } from '../log.ts';
import type { CallOptions, VaultClient } from './client.ts';
import { serverWords } from './failures.ts';

export interface LoginOptions {
  readonly authPath: string;
  readonly role: string | null;
  readonly jwtPath: string;
}

export interface Login {
  readonly token: string;
  /** For messages. */
  readonly expiresAt: Date;
  /** The same on the clock of `performance.now()`, which does not jump. */
  readonly expiresAtMs: number;
  /** Batch tokens cannot be revoked; they expire by themselves. */
  readonly revocable: boolean;
}

/**
 * Logs in at `auth/<authPath>/login`. The service account's token and the new one are registered with the redactor.
 * @throws UserError that says what is wrong with the role, the service account or its token
 */
export async function kubernetesLogin(
  client: VaultClient,
  options: LoginOptions,
  redactor: Redactor,
  call: CallOptions,
): Promise<Login> {
  if (!options.role) {
    throw new UserError(
      'no Vault role is set',
      `Set vault_role to the role of auth/${options.authPath} that is bound to the pod's service account.`,
    );
  }
  const jwt = await readJwt(options.jwtPath);
  redactor.add(jwt);
  const answer = await client.post(`auth/${options.authPath}/login`, { role: options.role, jwt }, call);
  if (answer.status !== 200)
    throw explainRefusal(answer.status, serverWords(answer.body), { ...options, role: options.role }, claimsOf(jwt));
  const auth = (answer.body as { auth?: { client_token?: unknown; lease_duration?: unknown; token_type?: unknown } } | null)
    ?.auth;
  if (typeof auth?.client_token !== 'string' || auth.client_token === '') {
    throw new UserError(
      `the login at auth/${options.authPath} gave no token`,
      'The role may ask for a second factor or wrap its answer: a pipeline needs one that does not.',
    );
  }
  redactor.add(auth.client_token);
  const leaseMs = typeof auth.lease_duration === 'number' ? auth.lease_duration * 1000 : 0;
  return {
    token: auth.client_token,
    expiresAt: new Date(Date.now() + leaseMs),
    expiresAtMs: performance.now() + leaseMs,
    revocable: auth.token_type !== 'batch',
  };
}

async function readJwt(path: string): Promise<string> {
  let jwt: string;
  try {
    jwt = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new UserError(
      `the service account token cannot be read: ${messageOf(error)}`,
      'The Vault login needs a pod in Kubernetes that mounts its token (vault_jwt_path). Elsewhere set vault_token, ' +
        'or ssh_key instead of Vault, or runner: local, which needs neither.',
    );
  }
  if (jwt === '')
    throw new UserError(
      `the service account token ${path} is empty`,
      'Check vault_jwt_path and automountServiceAccountToken of the pod.',
    );
  return jwt;
}

interface Claims {
  /** `namespace/name`, or `null` when the token does not say. */
  readonly account: string | null;
  readonly audience: string | null;
  readonly expiresAt: Date | null;
}

/** What the token says of itself, unverified: only for messages. */
function claimsOf(jwt: string): Claims {
  let claims: Record<string, unknown> = {};
  try {
    claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    // Not a JWT; Vault says so itself.
  }
  const subject = typeof claims['sub'] === 'string' ? /^system:serviceaccount:([^:]+):([^:]+)$/.exec(claims['sub']) : null;
  const audience = [claims['aud']]
    .flat()
    .filter((item) => typeof item === 'string')
    .join(', ');
  return {
    account: subject ? printable(`${subject[1]}/${subject[2]}`) : null,
    audience: printable(audience) || null,
    expiresAt: typeof claims['exp'] === 'number' ? new Date(claims['exp'] * 1000) : null,
  };
}

/** From Woodpecker 3.16 an agent ignores a step's service account unless its operator allows it. */
const ACCOUNT_HINT =
  'backend_options.kubernetes.serviceAccountName of the step is ignored without a word from Woodpecker 3.16 on, ' +
  'unless the agent runs with WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP=true: ' +
  'the pod then runs as the default service account.';

/** The words are those of vault-plugin-auth-kubernetes (path_login.go), checked against Vault 1.21. */
function explainRefusal(
  status: number,
  words: string,
  options: { readonly authPath: string; readonly role: string; readonly jwtPath: string },
  claims: Claims,
): UserError {
  const path = `auth/${options.authPath}`;
  const account = claims.account ?? 'of the pod';
  const audience = claims.audience ? ` (${claims.audience})` : '';
  const said = `HTTP ${status}${words ? `: ${words}` : ''}`;
  const [namespace = '<namespace>', name = '<name>'] = claims.account?.split('/') ?? [];
  const bind =
    `vault write ${path}/role/${options.role} bound_service_account_names=${name} ` +
    `bound_service_account_namespaces=${namespace} policies=<policy> ttl=15m`;
  if (/invalid role name/.test(words)) {
    return new UserError(
      `vault_role ${options.role} does not exist in ${path} (${said})`,
      `List the roles with "vault list ${path}/role", or make it: ${bind}`,
    );
  }
  if (/not authorized/.test(words)) {
    return new UserError(
      `Vault refused the login: vault_role ${options.role} is not bound to the service account ${account} (${said})`,
      `Bind it: ${bind}. If another account was meant: ${ACCOUNT_HINT}`,
    );
  }
  if (/audience|\(aud\)/.test(words)) {
    return new UserError(
      `Vault refused the login: the service account token is for another audience${audience} (${said})`,
      `Set audience= of ${path}/role/${options.role} to the token's, or mount a projected token with the role's audience ` +
        'and set vault_jwt_path to it.',
    );
  }
  if (/expired|\(exp\)/.test(words) || (claims.expiresAt && claims.expiresAt.getTime() < Date.now())) {
    const since = claims.expiresAt ? ` since ${claims.expiresAt.toISOString()}` : '';
    return new UserError(
      `Vault refused the login: the service account token has expired${since} (${said})`,
      `Check the clocks of the node and of Vault, and that ${options.jwtPath} (vault_jwt_path) is the mounted token, not a copy.`,
    );
  }
  if (status === 404 || /no handler for route|unsupported path/.test(words)) {
    return new UserError(
      `there is no login at ${path} (${said})`,
      'Check vault_auth_path ("vault auth list" shows the paths) and vault_namespace.',
    );
  }
  return new UserError(
    `Vault refused the login at ${path} as vault_role ${options.role} with the service account ${account} (${said})`,
    'Check, in this order: vault_auth_path and vault_namespace ("vault auth list"; Vault gives the same answer when nothing is ' +
      `mounted there); that ${path}/config names this cluster's API server and CA and may review tokens ` +
      `(system:auth-delegator); the role's binding: ${bind}. ${ACCOUNT_HINT}`,
  );
}
