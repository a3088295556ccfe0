import { replacing } from '../edit.ts';
import type { Complaint, Rule } from '../rule.ts';
import type { ShellCommand } from '../shell/shell-command.ts';
import { isRemote } from './paths.ts';

const addWithoutChecksum: Rule = {
  name: 'AddWithoutChecksum',
  level: 'warning',
  origin: 'lading',
  summary: 'ADD of an address should say the checksum',
  help: 'Whoever controls the server decides what gets into the image, and into the cache of everyone who builds it. Add --checksum=sha256:….',
  example: {
    bad: 'FROM scratch\nADD https://example.org/a.tar /',
    good: `FROM scratch\nADD --checksum=sha256:${'0123456789abcdef'.repeat(4)} https://example.org/a.tar /`,
  },
  *check({ stages }) {
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'ADD' || instruction.checksum !== undefined) continue;
        for (const { text, span } of instruction.words.slice(0, -1)) {
          if (!/^https?:/i.test(text) || /\.git(?:[#?]|$)/i.test(text)) continue;
          yield { message: 'Nothing says what this address has to give', span };
        }
      }
    }
  },
};

/** What ADD unpacks, by its name. */
const archive = /\.(?:tar|tgz|tbz2?|txz|tzst|tar\.[a-z0-9]+|gz|bz2|xz|zst)$/i;

const addInsteadOfCopy: Rule = {
  name: 'AddInsteadOfCopy',
  level: 'info',
  origin: 'lading',
  summary: 'Files of the context should be copied with COPY',
  help: 'ADD also fetches addresses and unpacks archives. COPY does neither, so it says what is meant.',
  example: { bad: 'FROM scratch\nADD app.js /', good: 'FROM scratch\nCOPY app.js /' },
  *check({ stages }) {
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'ADD' || instruction.unpack !== undefined) continue;
        const { sources, keywordWord, checksum, keepGitDir } = instruction;
        if (sources.some((source) => isRemote(source) || archive.test(source) || /[*?[$]/.test(source))) continue;
        // an archive is known by its content: only what cannot be one is changed
        const isPlain = sources.every((source) =>
          /(?:^|\/)\.?$|\.(?:[cm]?[jt]sx?|json|ya?ml|toml|py|rb|go|sh|conf|cfg|ini|txt|md|html|css|sql|xml|properties)$/i.test(
            source,
          ),
        );
        const copy = keywordWord.text === keywordWord.text.toLowerCase() ? 'copy' : 'COPY';
        const fix =
          isPlain && checksum === undefined && keepGitDir === undefined
            ? replacing(`Write ${copy}`, keywordWord.span, copy)
            : undefined;
        yield { message: 'COPY is enough here', span: keywordWord.span, fix };
      }
    }
  },
};

const isDownload = ({ name }: ShellCommand): boolean => name === 'curl' || name === 'wget';
const interpreters = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'python', 'python3', 'perl', 'ruby', 'node', 'php']);

/** Commands that get the output of a download, with it. */
function* pipedDownloads(commands: readonly ShellCommand[]): Iterable<readonly [ShellCommand, ShellCommand]> {
  for (const [index, command] of commands.entries()) {
    const next = commands[index + 1];
    if (command.piped && next !== undefined && isDownload(command)) yield [command, next];
  }
}

const downloadPipedToShell: Rule = {
  name: 'DownloadPipedToShell',
  level: 'warning',
  origin: 'lading',
  summary: 'A downloaded script should be checked before it runs',
  help: 'Whoever controls the server runs what they like in the build. Download to a file, compare its checksum, then run it; or install a package.',
  example: {
    bad: 'FROM debian:12\nRUN curl -fsSL https://example.org/install.sh | sh',
    good: 'FROM debian:12\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.org/install.sh /tmp/\nRUN sh /tmp/install.sh',
  },
  *check({ stages }) {
    for (const { runs } of stages) {
      for (const { commands, span } of runs) {
        for (const [download, next] of pipedDownloads(commands)) {
          if (!interpreters.has(next.name)) continue;
          yield {
            message: `${next.name} runs whatever ${download.name} brings`,
            span: span(download.nameWord, next.nameWord),
          };
        }
      }
    }
  },
};

const pipeWithoutPipefail: Rule = {
  name: 'PipeWithoutPipefail',
  level: 'warning',
  origin: 'lading',
  summary: 'A download that fails in a pipe should fail the build',
  help: 'A shell only looks at the last command of a pipe: a failed download then makes a layer of nothing, which is cached. Set SHELL ["/bin/bash", "-o", "pipefail", "-c"], or begin with set -o pipefail.',
  example: {
    bad: 'FROM debian:12\nRUN curl -fsSL https://example.org/a.tar | tar -x',
    good: 'FROM debian:12\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN curl -fsSL https://example.org/a.tar | tar -x',
  },
  *check({ stages }) {
    for (const { runs } of stages) {
      for (const { commands, span, pipefail } of runs) {
        if (pipefail) continue;
        for (const [download, next] of pipedDownloads(commands)) {
          // the rule above has more to say of that
          if (interpreters.has(next.name)) continue;
          yield { message: `A failure of ${download.name} goes unseen`, span: span(download.nameWord, next.nameWord) };
        }
      }
    }
  },
};

/** For each program, the options that make it trust anyone. */
const trusting: readonly (readonly [name: RegExp, option: RegExp])[] = [
  [/^curl$/, /^(?:--insecure|-[a-zA-Z]*k[a-zA-Z]*)$/],
  [/^wget$/, /^--no-check-certificate$/],
  [
    /^apt(?:-get)?$/,
    /^(?:--allow-unauthenticated|--force-yes|.*AllowUnauthenticated=(?:true|1|yes).*|.*Verify-Peer=false.*)$/i,
  ],
  [/^apk$/, /^--allow-untrusted$/],
  [/^(?:dnf|yum|microdnf|zypper)$/, /^--no-?gpg-?checks?$/],
  [/^pip3?$/, /^--trusted-host/],
  [/^git$/, /^http\.sslVerify=(?:false|0)$/i],
  [/^(?:npm|yarn|pnpm)$/, /^--(?:no-strict-ssl|strict-ssl=false)$/],
];

const verificationDisabled: Rule = {
  name: 'VerificationDisabled',
  level: 'warning',
  origin: 'lading',
  summary: 'Certificates and signatures should be checked',
  help: 'Anyone on the way can put their own content into the image. Install the certificate or key that is missing.',
  example: {
    bad: 'FROM debian:12\nRUN curl -k -o a https://example.org/a',
    good: 'FROM debian:12\nRUN curl --cacert ca.pem -o a https://example.org/a',
  },
  check({ stages }) {
    return stages.flatMap(({ runs }) =>
      runs.flatMap(({ commands, span }) =>
        commands.flatMap(({ name, args }): Complaint[] =>
          args.flatMap((arg) =>
            trusting.some(([program, option]) => program.test(name) && option.test(arg.text))
              ? [{ message: `${arg.text} trusts anyone`, span: span(arg) }]
              : [],
          ),
        ),
      ),
    );
  },
};

export const downloadRules: readonly Rule[] = [
  addWithoutChecksum,
  addInsteadOfCopy,
  downloadPipedToShell,
  pipeWithoutPipefail,
  verificationDisabled,
];
