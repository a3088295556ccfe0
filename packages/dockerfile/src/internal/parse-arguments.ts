import type { Word } from '../span.ts';
import { parseJsonArray } from './json-array.ts';
import type { LogicalLine, Piece } from './logical-line.ts';
import { isSeparator, isSpace } from './space.ts';
import { splitPlainWords, splitQuotedWords } from './split-words.ts';

interface Arguments {
  readonly words: readonly Piece[];
  readonly json: boolean;
}

type Grammar = (line: LogicalLine, rest: Piece, escapeChar: string, keyword: Word) => Arguments;

const list = (words: readonly Piece[]): Arguments => ({ words, json: false });

const wholeString: Grammar = (_line, rest) => list(rest.text === '' ? [] : [rest]);
const plainWords: Grammar = (line, rest) => list(splitPlainWords(line, rest));
const quotedWords: Grammar = (line, rest, escapeChar) => list(splitQuotedWords(line, rest, escapeChar));

function jsonOr(fallback: Grammar): Grammar {
  return (line, rest, escapeChar, keyword) => {
    const words = parseJsonArray(line, rest, () =>
      line.source.error(line.span(rest.start, rest.end), `the JSON array of ${keyword.text} holds more than strings`, {
        hint: 'Write every element as a string in double quotes; without the bracket in front it is the shell form.',
      }),
    );
    return words === undefined ? fallback(line, rest, escapeChar, keyword) : { words, json: true };
  };
}

/** `name=value …`, or the old form `name value`, which takes the whole rest as one value. */
const namesAndValues: Grammar = (line, rest, escapeChar, keyword) => {
  const words = splitQuotedWords(line, rest, escapeChar);
  const first = words[0];
  if (first === undefined) return list([]);
  if (!first.text.includes('=')) {
    let nameEnd = rest.start;
    while (nameEnd < rest.end && !isSeparator(line.text.charAt(nameEnd))) nameEnd++;
    let valueStart = nameEnd;
    while (valueStart < rest.end && isSeparator(line.text.charAt(valueStart))) valueStart++;
    if (nameEnd === rest.end) {
      throw line.source.error(line.span(rest.start, rest.end), `${keyword.text} has a name but no value`, {
        hint: `Write ${keyword.text.toUpperCase()} ${first.text}=value.`,
      });
    }
    const value = line.piece(valueStart, rest.end);
    return list([line.piece(rest.start, nameEnd), value, line.piece(nameEnd, nameEnd)]);
  }
  return list(
    words.flatMap((word) => {
      const equals = word.text.indexOf('=');
      if (equals === -1) {
        throw line.source.error(line.span(word.start, word.end), `"${word.text}" has no "="`, {
          hint: `${keyword.text.toUpperCase()} takes name=value pairs; put a value with spaces in quotes.`,
        });
      }
      const at = word.start + equals;
      return [line.piece(word.start, at), line.piece(at + 1, word.end), line.piece(at, at + 1)];
    }),
  );
};

/** `NONE`, or `CMD` and a command in either form. */
const healthcheck: Grammar = (line, rest, escapeChar, keyword) => {
  let typeEnd = rest.start;
  while (typeEnd < rest.end && !isSpace(line.text.charAt(typeEnd))) typeEnd++;
  if (typeEnd === rest.start) return list([]);
  let commandStart = typeEnd;
  while (commandStart < rest.end && isSpace(line.text.charAt(commandStart))) commandStart++;
  const command = jsonOr(wholeString)(line, line.piece(commandStart, rest.end), escapeChar, keyword);
  return { words: [line.piece(rest.start, typeEnd), ...command.words], json: command.json };
};

/** How the rest of each instruction is read. ONBUILD is missing: what follows it is an instruction of its own. */
const grammars: Readonly<Record<string, Grammar>> = {
  ADD: jsonOr(plainWords),
  ARG: quotedWords,
  CMD: jsonOr(wholeString),
  COPY: jsonOr(plainWords),
  ENTRYPOINT: jsonOr(wholeString),
  ENV: namesAndValues,
  EXPOSE: plainWords,
  FROM: plainWords,
  HEALTHCHECK: healthcheck,
  LABEL: namesAndValues,
  MAINTAINER: wholeString,
  RUN: jsonOr(wholeString),
  SHELL: jsonOr(wholeString),
  STOPSIGNAL: wholeString,
  USER: wholeString,
  VOLUME: jsonOr(plainWords),
  WORKDIR: wholeString,
};

/** Splits the rest of an instruction by the grammar of its keyword; of an unknown one nothing is read. */
export function parseArguments(line: LogicalLine, rest: Piece, escapeChar: string, keyword: Word): Arguments {
  const name = keyword.text.toUpperCase();
  const grammar = Object.hasOwn(grammars, name) ? grammars[name] : undefined;
  return grammar === undefined ? list([]) : grammar(line, rest, escapeChar, keyword);
}
