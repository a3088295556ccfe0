import type { Instruction, Keyword, ShellInstruction, VolumeInstruction } from '../instruction.ts';
import { readPorts } from '../port.ts';
import { Flags } from './flags.ts';
import { atLeastOne, commandForm, invalidAt, located, onlyArgument, partsOf } from './instruction-parts.ts';
import type { InstructionNode } from './node.ts';
import { trimSpace } from './space.ts';
import { didYouMean } from './suggest.ts';
import { typeAdd, typeCopy } from './type-copy.ts';
import { typeFrom } from './type-from.ts';
import { typeHealthcheck } from './type-healthcheck.ts';
import { typeOnbuild } from './type-onbuild.ts';
import { typeArg, typeEnv, typeLabel } from './type-pairs.ts';
import { typeRun } from './type-run.ts';

type Typer = (node: InstructionNode) => Instruction;

/** For each keyword, what its words mean. */
const typers: Readonly<Record<Keyword, Typer>> = {
  ADD: typeAdd,
  ARG: typeArg,
  CMD: withoutFlags((node) => ({ ...partsOf(node), ...commandForm(node), keyword: 'CMD' })),
  COPY: typeCopy,
  ENTRYPOINT: withoutFlags((node) => ({ ...partsOf(node), ...commandForm(node), keyword: 'ENTRYPOINT' })),
  ENV: typeEnv,
  EXPOSE: withoutFlags((node) => {
    atLeastOne(node, 'EXPOSE 8080');
    for (const { text, span } of node.words)
      if (/^[0-9:/a-z.[\]-]+$/i.test(text)) located(node, span, () => readPorts(text));
    return { ...partsOf(node), keyword: 'EXPOSE', ports: node.words.map((word) => word.text) };
  }),
  FROM: typeFrom,
  HEALTHCHECK: typeHealthcheck,
  LABEL: typeLabel,
  MAINTAINER: withoutFlags((node) => {
    return { ...partsOf(node), keyword: 'MAINTAINER', maintainer: onlyArgument(node, 'LABEL maintainer="…"') };
  }),
  ONBUILD: (node) => typeOnbuild(node, typeInstruction),
  RUN: typeRun,
  SHELL: withoutFlags(typeShell),
  STOPSIGNAL: withoutFlags((node) => {
    return { ...partsOf(node), keyword: 'STOPSIGNAL', signal: onlyArgument(node, 'STOPSIGNAL SIGTERM') };
  }),
  USER: withoutFlags((node) => ({ ...partsOf(node), keyword: 'USER', user: onlyArgument(node, 'USER 1000:1000') })),
  VOLUME: withoutFlags(typeVolume),
  WORKDIR: withoutFlags((node) => ({ ...partsOf(node), keyword: 'WORKDIR', path: onlyArgument(node, 'WORKDIR /app') })),
};

export function typeInstruction(node: InstructionNode): Instruction {
  const keyword = node.keyword.text.toUpperCase();
  if (isKeyword(keyword)) return typers[keyword](node);
  if (keyword === '') throw invalidAt(node, 'the line continues nothing', 'Remove the escape character.');
  throw invalidAt(
    node,
    `unknown instruction ${JSON.stringify(node.keyword.text)}`,
    didYouMean(keyword, Object.keys(typers)) ??
      `If this line belongs to the one above, end that one with the escape character, usually \\.`,
  );
}

function isKeyword(text: string): text is Keyword {
  return Object.hasOwn(typers, text);
}

function withoutFlags(typer: Typer): Typer {
  return (node) => {
    new Flags(node, {});
    return typer(node);
  };
}

function typeShell(node: InstructionNode): ShellInstruction {
  if (!node.json) throw invalidAt(node, 'SHELL takes a JSON array', 'For example: SHELL ["/bin/bash", "-c"]');
  atLeastOne(node, 'SHELL ["/bin/bash", "-c"]');
  return { ...partsOf(node), keyword: 'SHELL', shell: node.words.map((word) => word.text) };
}

function typeVolume(node: InstructionNode): VolumeInstruction {
  atLeastOne(node, 'VOLUME /data');
  const paths = node.words.map(({ text, span }) => {
    const path = trimSpace(text);
    if (path === '') throw invalidAt(node, 'a VOLUME has no path', undefined, span);
    return path;
  });
  return { ...partsOf(node), keyword: 'VOLUME', paths };
}
