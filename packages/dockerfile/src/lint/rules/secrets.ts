import { posix } from 'node:path';
import type { Complaint, Rule } from '../rule.ts';
import { contextSources } from './paths.ts';

// the words and their exceptions are those of BuildKit's check
const secretName = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const publicName = /(?:_|^)(?:public|file|version)(?:_|$)/i;

/** Whether a variable of this name most likely holds a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !publicName.test(name);
}

const secretsUsedInArgOrEnv: Rule = {
  name: 'SecretsUsedInArgOrEnv',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Sensitive data should not be used in the ARG or ENV commands',
  help: 'Arguments and variables are kept in the image and its history, for everyone who has it. Use RUN --mount=type=secret,id=…,env=….',
  example: {
    bad: 'FROM scratch\nARG API_TOKEN',
    good: 'FROM alpine:3.20\nRUN --mount=type=secret,id=token,env=API_TOKEN fetch',
  },
  check({ stages }) {
    return stages.flatMap(({ stage }) =>
      stage.instructions.flatMap((instruction): Complaint[] => {
        if (instruction.keyword !== 'ARG' && instruction.keyword !== 'ENV') return [];
        const pairs = instruction.keyword === 'ARG' ? instruction.args : instruction.variables;
        return pairs.flatMap(({ name, span }) => {
          if (!isSecretName(name)) return [];
          const what = `${instruction.keyword} ${JSON.stringify(name)}`;
          return [{ message: `Do not use ARG or ENV instructions for sensitive data (${what})`, span }];
        });
      }),
    );
  },
};

/** Forms that are secrets and nothing else, by whose they are. */
const literals: readonly (readonly [what: string, form: RegExp])[] = [
  ['an access key of AWS', /\bAKIA[0-9A-Z]{16}\b/g],
  ['a token of GitHub', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})/g],
  ['a token of GitLab', /\bglpat-[A-Za-z0-9_-]{20,}/g],
  ['a token of Slack', /\bxox[abprs]-[A-Za-z0-9-]{20,}/g],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['a key of Google', /\bAIza[0-9A-Za-z_-]{35}\b/g],
  ['a key of Stripe', /\b[rs]k_live_[0-9a-zA-Z]{20,}/g],
  ['a private key', /-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY-----/g],
  ['a password in an address', /\bhttps?:\/\/[^\s:/@$"'<>{}]{1,100}:(?!x-oauth-basic@)[^\s:/@$"'<>{}]{3,100}@/g],
];

const secretInFile: Rule = {
  name: 'SecretInFile',
  level: 'error',
  origin: 'lading',
  summary: 'A Dockerfile should hold no secret',
  help: 'Whoever reads the file or the history of the image has it: revoke it. Pass secrets with --secret and RUN --mount=type=secret.',
  example: {
    bad: 'FROM alpine:3.20\nRUN wget https://me:hunter22@example.org/a',
    good: 'FROM alpine:3.20\nRUN --mount=type=secret,id=netrc,target=/root/.netrc wget https://example.org/a',
  },
  *check({ dockerfile: { text }, source }) {
    for (const [what, form] of literals) {
      for (const { 0: found, index } of text.matchAll(form)) {
        yield { message: `This looks like ${what}`, span: source.span(index, index + found.length) };
      }
    }
  },
};

const secretFiles =
  /^(?:\.env(?:\.(?!example$|sample$|template$|dist$|defaults?$)[\w-]+)?|\.netrc|\.npmrc|\.pypirc|\.git-credentials|id_(?:rsa|dsa|ecdsa|ed25519)|\.ssh|\.aws|\.gnupg|\.kube|\.vault-token|\.htpasswd)$/;

const secretFileCopied: Rule = {
  name: 'SecretFileCopied',
  level: 'warning',
  origin: 'lading',
  summary: 'Files that hold credentials should not be copied into an image',
  help: 'A later rm does not take it out of the layer. Use RUN --mount=type=secret, and name the file in .dockerignore.',
  example: { bad: 'FROM scratch\nCOPY .env /app/', good: 'FROM scratch\nCOPY .env.example /app/' },
  *check({ stages }) {
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
        const sources = new Set(
          contextSources(instruction).filter((source) => secretFiles.test(posix.basename(source))),
        );
        for (const { text, span } of instruction.words.slice(0, -1)) {
          if (sources.has(text)) yield { message: `${posix.basename(text)} most often holds credentials`, span };
        }
      }
    }
  },
};

export const secretRules: readonly Rule[] = [secretsUsedInArgOrEnv, secretInFile, secretFileCopied];
