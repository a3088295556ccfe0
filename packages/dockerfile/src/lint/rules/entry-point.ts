import type { CmdInstruction, EntrypointInstruction, Instruction } from '../../instruction.ts';
import { replacing } from '../edit.ts';
import type { Fix } from '../finding.ts';
import type { Complaint, Rule } from '../rule.ts';
import { splitShell } from '../shell/shell-word.ts';

const jsonArgsRecommended: Rule = {
  name: 'JSONArgsRecommended',
  level: 'warning',
  origin: 'buildkit',
  summary: 'JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals',
  help: 'In shell form a shell is process 1 and passes no signal on: the container is killed instead of stopped. Write the JSON form, or set SHELL to show that a shell is meant.',
  example: { bad: 'FROM alpine:3.20\nCMD serve --port 80', good: 'FROM alpine:3.20\nCMD ["serve", "--port", "80"]' },
  check({ stages }) {
    return stages.flatMap(({ stage, base, baseConfig }): Complaint[] => {
      let shellIsSet = base?.shellIsSet ?? (baseConfig?.shell?.length ?? 0) > 0;
      const complaints: Complaint[] = [];
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'SHELL') shellIsSet = true;
        if (instruction.keyword !== 'CMD' && instruction.keyword !== 'ENTRYPOINT') continue;
        if (instruction.form === 'exec' || shellIsSet) continue;
        const message = `JSON arguments recommended for ${instruction.keyword} to prevent unintended behavior related to OS signals`;
        complaints.push({ message, span: instruction.span, fix: asJson(instruction, stage.instructions) });
      }
      return complaints;
    });
  },
};

/** Words of the shell that start no program of that name. */
const builtins =
  /^(?:\.|:|alias|break|cd|continue|eval|exec|exit|export|for|if|case|while|until|return|set|shift|source|time|times|trap|ulimit|umask|unset|wait|\{)$/;

/**
 * Only for plain words: the shell would do nothing with them but start the program. An entry point in shell form takes no arguments,
 * so where there is a CMD the other form would be another program.
 */
function asJson(instruction: CmdInstruction | EntrypointInstruction, all: readonly Instruction[]): Fix | undefined {
  const [word] = instruction.words;
  if (instruction.form !== 'shell' || word === undefined || word.span.start.line !== word.span.end.line)
    return undefined;
  if (instruction.keyword === 'ENTRYPOINT' && all.some(({ keyword }) => keyword === 'CMD')) return undefined;
  if (/[*?[\]~<>!{}#\\]/.test(word.text)) return undefined;
  const words = splitShell(word.text);
  if (words.length === 0 || words.some(({ kind, dynamic }) => kind === 'operator' || dynamic)) return undefined;
  if (builtins.test(words[0]!.text) || words[0]!.text.includes('=')) return undefined;
  return replacing('Write it as JSON', word.span, `[${words.map(({ text }) => JSON.stringify(text)).join(', ')}]`);
}

const onlyLastCounts = new Set(['CMD', 'ENTRYPOINT', 'HEALTHCHECK']);

const multipleInstructionsDisallowed: Rule = {
  name: 'MultipleInstructionsDisallowed',
  level: 'warning',
  origin: 'buildkit',
  summary: 'Multiple instructions of the same type should not be used in the same stage',
  help: 'Of several CMD, ENTRYPOINT or HEALTHCHECK in a stage only the last counts. Remove the others.',
  example: { bad: 'FROM alpine:3.20\nCMD ["a"]\nCMD ["b"]', good: 'FROM alpine:3.20\nCMD ["b"]' },
  *check({ stages }) {
    for (const { stage } of stages) {
      const seen = new Map<string, Instruction>();
      for (const instruction of stage.instructions) {
        const { keyword } = instruction;
        if (!onlyLastCounts.has(keyword)) continue;
        const before = seen.get(keyword);
        seen.set(keyword, instruction);
        if (before === undefined) continue;
        const name = before.keywordWord.text;
        const message = `Multiple ${name} instructions should not be used in the same stage because only the last one will be used`;
        yield { message, span: before.span };
      }
    }
  },
};

export const entryPointRules: readonly Rule[] = [jsonArgsRecommended, multipleInstructionsDisallowed];
