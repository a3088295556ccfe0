import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { fromFile, unzstd } from '@lading/bytes';

/** Text is gathered up to this before it is compressed. */
const frameCharacters = 128 << 10;
/** Of one build; what comes after is not kept. */
const maxCharacters = 32 << 20;

/**
 * The output of a build's steps in a file of zstd frames: each line behind the step's id and a tab, so that steps that run at the same time
 * can be told apart. Nothing is written before there is output.
 */
export class StepLog {
  readonly #path: string;
  readonly #unfinished = new Map<string, string>();
  readonly #decoders = new Map<string, InstanceType<typeof TextDecoder>>();
  #gathered = '';
  #written = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add(step: string, chunk: Uint8Array): void {
    if (this.#written > maxCharacters) return;
    const decoder = this.#decoders.get(step) ?? new TextDecoder();
    this.#decoders.set(step, decoder);
    const lines = `${this.#unfinished.get(step) ?? ''}${decoder.decode(chunk, { stream: true })}`.split('\n');
    this.#unfinished.set(step, lines.pop() ?? '');
    for (const line of lines) this.#line(step, line);
  }

  /** Writes what is there; more may follow. */
  flush(): void {
    for (const [step, rest] of this.#unfinished) if (rest !== '') this.#line(step, rest);
    this.#unfinished.clear();
    this.#write();
  }

  #line(step: string, line: string): void {
    this.#gathered += `${step}\t${line.replace(/\r$/, '')}\n`;
    if (this.#gathered.length >= frameCharacters) this.#write();
  }

  #write(): void {
    if (this.#gathered === '') return;
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, zstdCompressSync(this.#gathered), { mode: 0o600 });
    this.#written += this.#gathered.length;
    this.#gathered = '';
  }
}

/** A line that a step wrote. */
export interface LogLine {
  readonly step: string;
  readonly text: string;
}

/** What the steps of a build wrote, in its order; nothing where they wrote nothing. */
export async function* readStepLog(path: string): AsyncGenerator<LogLine, void, undefined> {
  if (!existsSync(path)) return;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of unzstd(fromFile(path))) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const tab = line.indexOf('\t');
      yield { step: line.slice(0, tab), text: line.slice(tab + 1) };
    }
  }
}
