import type { Comment } from './comment.ts';
import type { Heredoc } from './heredoc.ts';
import type { Mount } from './mount.ts';
import type { Span, Word } from './span.ts';

/** Any instruction of a Dockerfile; tell them apart by `keyword`. All arguments are unexpanded. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | FromInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

export type Keyword = Instruction['keyword'];

/** What every instruction has. */
export interface InstructionParts {
  /** From the keyword to the end of its last line, or of the line that ends its last here-document. */
  readonly span: Span;
  /** The source text of the span, continuations and comments included. */
  readonly original: string;
  /** The instruction on one line: continuations joined, here-documents left out. For history and progress. */
  readonly line: string;
  /** The keyword as written, which need not be in upper case. */
  readonly keywordWord: Word;
  /** Each `--name=value`, in order; their meaning is in the fields of the instruction. */
  readonly flags: readonly Word[];
  /** The arguments one by one, in order, with their places; a shell form or a string is one word. */
  readonly words: readonly Word[];
  /** The comment lines above. */
  readonly comments: readonly Comment[];
}

/** A command for the shell of the image, or the exact arguments of a process. */
export type CommandForm =
  | { readonly form: 'shell'; readonly command: string }
  | { readonly form: 'exec'; readonly argv: readonly string[] };

export interface NameValue {
  readonly name: string;
  /** Quotes and escapes are still in it; expand() reads them. */
  readonly value: string;
  /** True for the old form without `=`. */
  readonly legacy: boolean;
  readonly span: Span;
}

export interface FromInstruction extends InstructionParts {
  readonly keyword: 'FROM';
  /** An image, an earlier stage, a named context, or `scratch`; may hold global ARGs. */
  readonly image: string;
  readonly platform?: string;
  /** The name behind AS in lower case. */
  readonly name?: string;
}

export type RunInstruction = InstructionParts &
  CommandForm & {
    readonly keyword: 'RUN';
    readonly heredocs: readonly Heredoc[];
    /** With `$` still in them: {@link Mount.text} goes through parseMount() again once variables are known. */
    readonly mounts: readonly Mount[];
    readonly network: 'default' | 'none' | 'host';
    readonly security: 'sandbox' | 'insecure';
    readonly devices: readonly { readonly name: string; readonly required: boolean }[];
  };

/** What COPY and ADD share. */
export interface FileTransferParts extends InstructionParts {
  /** Paths, patterns, and for ADD also addresses. Here-documents are in `heredocs`. */
  readonly sources: readonly string[];
  /** Files written in the Dockerfile itself; the name of each is its file name. */
  readonly heredocs: readonly Heredoc[];
  readonly destination: string;
  /** `user:group`, names or numbers. */
  readonly chown?: string;
  /** Octal or symbolic. */
  readonly chmod?: string;
  readonly link: boolean;
  /** Patterns as in an ignore file. */
  readonly exclude: readonly string[];
}

export interface CopyInstruction extends FileTransferParts {
  readonly keyword: 'COPY';
  /** A stage by name or index, a named context, or an image. */
  readonly from?: string;
  readonly parents: boolean;
}

export interface AddInstruction extends FileTransferParts {
  readonly keyword: 'ADD';
  /** Undefined when not said: the default depends on the source. */
  readonly keepGitDir?: boolean;
  readonly checksum?: string;
  /** Undefined when not said: local archives are unpacked, remote ones are not. */
  readonly unpack?: boolean;
}

export interface EnvInstruction extends InstructionParts {
  readonly keyword: 'ENV';
  readonly variables: readonly NameValue[];
}

export interface LabelInstruction extends InstructionParts {
  readonly keyword: 'LABEL';
  readonly labels: readonly NameValue[];
}

export interface ArgInstruction extends InstructionParts {
  readonly keyword: 'ARG';
  /** Without `value` the argument has no default. */
  readonly args: readonly { readonly name: string; readonly value?: string; readonly span: Span }[];
}

export interface WorkdirInstruction extends InstructionParts {
  readonly keyword: 'WORKDIR';
  readonly path: string;
}

export interface UserInstruction extends InstructionParts {
  readonly keyword: 'USER';
  readonly user: string;
}

export interface ExposeInstruction extends InstructionParts {
  readonly keyword: 'EXPOSE';
  /** As written, such as `80`, `53/udp`, `8000-8010` or `$PORT`; parsePorts() reads one after expansion. */
  readonly ports: readonly string[];
}

export type CmdInstruction = InstructionParts & CommandForm & { readonly keyword: 'CMD' };

export type EntrypointInstruction = InstructionParts & CommandForm & { readonly keyword: 'ENTRYPOINT' };

export interface VolumeInstruction extends InstructionParts {
  readonly keyword: 'VOLUME';
  readonly paths: readonly string[];
}

export interface StopsignalInstruction extends InstructionParts {
  readonly keyword: 'STOPSIGNAL';
  readonly signal: string;
}

export interface HealthcheckInstruction extends InstructionParts {
  readonly keyword: 'HEALTHCHECK';
  /** `none` switches off what the base image checks. */
  readonly check: 'none' | CommandForm;
  /** Durations in nanoseconds, the unit of the image config; 0 or absent inherits. */
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly startPeriodNs?: number;
  readonly startIntervalNs?: number;
  readonly retries?: number;
}

export interface ShellInstruction extends InstructionParts {
  readonly keyword: 'SHELL';
  readonly shell: readonly string[];
}

export interface OnbuildInstruction extends InstructionParts {
  readonly keyword: 'ONBUILD';
  readonly trigger: Exclude<Instruction, OnbuildInstruction | FromInstruction | MaintainerInstruction>;
  /** The trigger as text, here-documents included: what the image config keeps and parseInstruction() reads again. */
  readonly expression: string;
}

export interface MaintainerInstruction extends InstructionParts {
  readonly keyword: 'MAINTAINER';
  readonly maintainer: string;
}
