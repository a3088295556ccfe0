import { runProgram } from '@lading/testkit';

/** Runs a program that is not measured; throws with what it said when it fails. */
export async function succeed(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(program, args, { timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${code}:\n${stderr.slice(-2000)}`);
}
