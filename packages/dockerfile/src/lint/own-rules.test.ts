import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDockerfile } from '../parse-dockerfile.ts';
import { lintDockerfile } from './lint-dockerfile.ts';

/** The source text that each finding of a rule is about. */
function places(rule: string, text: string): string[] {
  const file = parseDockerfile(text);
  return lintDockerfile(file)
    .filter((finding) => finding.rule === rule)
    .map(({ span }) => file.text.slice(span.start.offset, span.end.offset));
}

/** For a rule: instructions below a FROM, and what is found in them. */
const cases: Readonly<Record<string, readonly (readonly [lines: string, ...found: string[]])[]>> = {
  AptUpdateApart: [
    ['RUN apt-get update', 'apt-get update'],
    ['RUN apt-get -qq update; apt-get upgrade -y'],
    ['RUN --mount=type=cache,target=/var/lib/apt apt-get update'],
    ['RUN apt-get update && ./install.sh', 'apt-get update'],
    ['RUN echo apt-get update'],
    ['SHELL ["powershell"]\nRUN apt-get update'],
  ],
  AptRecommends: [
    ['RUN apt-get install -y a \\\n # no\n b', 'apt-get install'],
    ['RUN ["apt-get", "install", "-y", "a"]', '"apt-get", "install"'],
    ['RUN apt-get -o APT::Install-Recommends=0 install a'],
    ['RUN sudo -E DEBIAN_FRONTEND=noninteractive apt-get install a', 'apt-get install'],
    ['RUN if true; then apt-get install a; fi', 'apt-get install'],
    ['RUN <<E\nset -e\napt-get install a\nE', 'apt-get install'],
    ['RUN <<E python3\nimport a # apt-get install a\nE'],
    ['RUN <<E\n#!/usr/bin/env python3\napt-get install a\nE'],
    ['RUN <<-E\n#!/bin/bash\n\tapt-get install a\n\tE', 'apt-get install'],
    ['RUN echo "$(apt-get install a)"'],
  ],
  PackagePrompt: [
    ['RUN apt-get install a', 'apt-get install'],
    ['RUN apt-get install -qy a && apt-get -y install b && apt-get install --assume-yes c'],
    ['RUN apt-get install -qq a && apt-get -o APT::Get::Assume-Yes=true install a'],
    ['RUN yum install a', 'yum install'],
    ['RUN apk add a'],
  ],
  PackageCacheLeft: [
    ['RUN apt-get update && apt-get install -y a', 'apt-get install'],
    ['RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*'],
    ['RUN --mount=type=cache,target=/var/lib/apt/lists,sharing=locked apt-get update && apt-get install -y a'],
    ['RUN --mount=type=tmpfs,target=/var apt-get update && apt-get install -y a'],
    ['RUN apk add a', 'apk add'],
    ['RUN apk add --no-cache a; apk --no-cache add b'],
    ['RUN pip install a==1', 'pip install'],
    ['RUN --mount=type=cache,target=/home/me/.cache/pip pip install a==1'],
    ['ENV PIP_NO_CACHE_DIR=1\nRUN pip install a==1'],
    ['RUN dnf install -y a', 'dnf install'],
    ['RUN dnf install -y a && dnf clean all'],
    // of a stage that is only copied from nothing stays
    ['RUN apk add a\nFROM scratch\nCOPY --from=0 /a /a'],
  ],
  UnpinnedSystemPackage: [
    ['RUN apt-get install -y -t bookworm-backports a b=1 ./c.deb $D', 'a'],
    ['RUN apk add --virtual .deps gcc~=13 make', 'make'],
  ],
  UnpinnedLanguagePackage: [
    ['RUN pip install -r requirements.txt && pip install . ".[dev]" git+https://example.org/a.git'],
    ['RUN pip install "flask>=3" --index-url https://example.org/ requests', 'requests'],
    ['RUN npm install && npm install left-pad'],
    ['RUN npm i -g npm@latest @example/tool@1 typescript', 'npm@latest @example/tool@1 typescript'],
    ['RUN go install example.org/a@latest', 'example.org/a@latest'],
    ['RUN go install ./cmd/a && go install example.org/a@v1'],
    ['RUN cargo install --locked ripgrep'],
  ],
  LatestBase: [['FROM b:latest', 'b:latest'], ['ARG V\nFROM b@sha256:'.concat('0'.repeat(64))]],
  MisspelledStage: [
    ['FROM x:1 AS builder\nFROM x:1\nCOPY --from=bilder /a /a', '--from=bilder'],
    [
      'FROM x:1 AS builder\nFROM x:1\nCOPY --from=BUILDER /a /a\nCOPY --from=builders:1 /a /b\nCOPY --from=busybox /a /c',
    ],
  ],
  AddWithoutChecksum: [
    ['ADD https://example.org/a http://example.org/b /', 'https://example.org/a', 'http://example.org/b'],
    ['ADD https://example.org/a.git#v1 /a\nADD git@example.org:a/b.git /b\nADD a.tar /'],
  ],
  AddInsteadOfCopy: [['ADD a.tgz /\nADD *.txt /\nADD --unpack=false a /\nADD $A /'], ['ADD a b /c/', 'ADD']],
  DownloadPipedToShell: [
    ['RUN curl -s https://example.org | sudo -E bash -', 'curl -s https://example.org | sudo -E bash'],
    ['RUN wget -qO- https://example.org |tee a| sh'],
    ['RUN curl -o a https://example.org && sh a'],
  ],
  PipeWithoutPipefail: [
    ['RUN curl https://example.org | tar x', 'curl https://example.org | tar'],
    ['RUN set -eo pipefail; curl https://example.org | tar x'],
    ['RUN set -o pipefail && curl https://example.org | tar x'],
    ['RUN cat a | tar x'],
    ['RUN echo "curl a | tar x" # curl a | tar x'],
  ],
  VerificationDisabled: [
    ['RUN curl -fsSLk a && wget --no-check-certificate b', '-fsSLk', '--no-check-certificate'],
    [
      'RUN git -c http.sslVerify=false clone a; apk add --allow-untrusted b',
      'http.sslVerify=false',
      '--allow-untrusted',
    ],
    ['RUN tar -k a; curl --keepalive-time 2 a'],
  ],
  SecretInFile: [
    ['ENV A=AKIAABCDEFGHIJKLMNOP', 'AKIAABCDEFGHIJKLMNOP'],
    ['RUN git clone https://$USER:$TOKEN@example.org/a'],
    ['RUN curl http://localhost:8080/a@b https://example.org:443/@a'],
    ['COPY <<E /k\n-----BEGIN OPENSSH PRIVATE KEY-----\nE', '-----BEGIN OPENSSH PRIVATE KEY-----'],
  ],
  SecretFileCopied: [
    ['COPY .env.production conf/.npmrc ./.ssh/ /d/', '.env.production', 'conf/.npmrc', './.ssh/'],
    ['COPY .env.sample .envrc env /d/\nCOPY --from=x .env /'],
  ],
  CopyBeforeInstall: [
    ['COPY . /app\nRUN cd /app && npm ci --omit=dev', 'COPY . /app'],
    ['COPY ./ ./\nRUN pip install -r requirements.txt', 'COPY ./ ./'],
    ['COPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm ci --omit=dev'],
    ['COPY . .\nRUN --mount=type=cache,target=/root/.npm npm ci'],
    ['COPY . .\nRUN npm install left-pad && npm run build'],
    ['COPY --from=x . .\nRUN npm ci'],
  ],
  VolatileArgEarly: [
    ['ARG BUILD_DATE\nRUN a\nLABEL d=$BUILD_DATE', 'BUILD_DATE'],
    ['ARG GIT_COMMIT=x\nRUN make GIT=$GIT_COMMIT\nRUN b'],
    ['ARG VERSION UPDATE_SHAPE\nRUN a'],
  ],
  LastUserRoot: [['USER a\nUSER 0:0', 'USER 0:0'], ['USER root\nUSER a'], ['USER rooted']],
  NoUser: [['RUN a'], ['CMD ["a"]', 'FROM example:1'], ['USER a\nCMD ["a"]']],
  LostShellState: [
    ['RUN cd /a', 'RUN cd /a'],
    ['RUN export A=b && cd c', 'RUN export A=b && cd c'],
    ['RUN set -e; cd /a; make'],
    ['RUN export -p > /env'],
    ['RUN set -x'],
    ['RUN <<E\ncd /a\nmake\nE'],
  ],
  CdInsteadOfWorkdir: [['RUN cd /a && b', 'cd /a'], ['RUN cd a && b'], ['RUN cd /a && b && cd /c && d']],
  SudoInRun: [['RUN a && sudo b', 'sudo'], ['RUN apt-get install -y sudo']],
  WorldWritable: [
    ['COPY --chmod=0777 a /', '--chmod=0777'],
    ['RUN chmod a+rwx /b && chmod -R 0666 /c', 'a+rwx', '0666'],
    ['RUN chmod 1777 /tmp && chmod u+w,g-w a && chmod 775 b'],
  ],
  ForeignSyntax: [['RUN a']],
  InvalidSubstitution: [["LABEL a='b", "'b"], ['ENV a=$b c=d$']],
};

for (const [rule, list] of Object.entries(cases)) {
  test(`${rule} finds what it is for and leaves alone what is near it`, () => {
    for (const [lines, ...expected] of list)
      assert.deepEqual(places(rule, `FROM example:1\n${lines}\n`), expected, lines);
  });
}
