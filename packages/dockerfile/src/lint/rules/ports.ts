import { replacing } from '../edit.ts';
import type { Rule } from '../rule.ts';

const exposeProtoCasing: Rule = {
  name: 'ExposeProtoCasing',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Protocol in EXPOSE instruction should be lowercase',
  help: 'The image config has protocols in lower case.',
  example: { bad: 'FROM scratch\nEXPOSE 80/TCP', good: 'FROM scratch\nEXPOSE 80/tcp' },
  *check({ stages }) {
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'EXPOSE') continue;
        for (const { text, span } of instruction.words) {
          const [, port, protocol] = /^([^/$]*)\/([A-Za-z]+)$/.exec(text) ?? [];
          if (protocol === undefined || protocol === protocol.toLowerCase()) continue;
          const fix = replacing('Write it in lower case', span, `${port}/${protocol.toLowerCase()}`);
          yield { message: `Defined protocol '${text}' in EXPOSE instruction should be lowercase`, span, fix };
        }
      }
    }
  },
};

const exposeInvalidFormat: Rule = {
  name: 'ExposeInvalidFormat',
  level: 'warning',
  origin: 'buildkit',
  summary:
    'IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release',
  help: 'EXPOSE tells which port the program listens on. Where it is published is said when a container is run.',
  example: { bad: 'FROM scratch\nEXPOSE 127.0.0.1:8080:80', good: 'FROM scratch\nEXPOSE 80' },
  *check({ stages }) {
    for (const { stage } of stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'EXPOSE') continue;
        for (const { text, span } of instruction.words) {
          if (!text.includes(':') || text.includes('$')) continue;
          const message = `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`;
          const port = text.slice(text.lastIndexOf(':') + 1);
          yield { message, span, fix: replacing('Keep the port of the container', span, port) };
        }
      }
    }
  },
};

export const portRules: readonly Rule[] = [exposeProtoCasing, exposeInvalidFormat];
