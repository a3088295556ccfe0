/** Tells people what happens, on stdout, with little colour where a terminal shows it. */
export class Narrator {
  #steps = 0;
  readonly #colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

  title(text: string): void {
    console.log(`\n${this.#paint('1', text)}`);
  }

  step(text: string): void {
    this.#steps++;
    console.log(`\n${this.#paint('1;36', `${this.#steps}. ${text}`)}`);
  }

  /** A command as one could type it. */
  command(text: string): void {
    console.log(this.#paint('2', `   $ ${text}`));
  }

  done(text: string, { ms }: { readonly ms: number }): void {
    console.log(`   ${this.#paint('32', '✓')} ${text} ${this.#paint('2', `(${(ms / 1000).toFixed(2)} s)`)}`);
  }

  /** What the machine does not have. */
  lacking(text: string): void {
    console.log(`   ${this.#paint('33', '!')} ${text}`);
  }

  failed(text: string): void {
    console.error(`   ${this.#paint('31', '✗')} ${text}`);
  }

  line(text: string): void {
    console.log(`   ${text}`);
  }

  table(rows: readonly (readonly [name: string, value: string])[]): void {
    const width = Math.max(...rows.map(([name]) => name.length));
    for (const [name, value] of rows) console.log(`   ${name.padEnd(width)}  ${value}`);
  }

  #paint(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
