/** A key by name, as in `up` and `ctrl-c`; what writes a character is that character. */
export type Key = string;

/** xterm's control sequences; VT100 and the linux console send some in other forms. */
const sequences: Readonly<Record<string, Key>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[Z': 'shift-tab',
  '[3~': 'delete',
};

const esc = '\u001b';

const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
};

/** The keys in what a terminal sent at once. Sequences that are not known are dropped whole. */
export function keysIn(text: string): Key[] {
  const [first = '', ...afterEscape] = text.split(esc);
  const keys = [...first].map(keyOf);
  for (const part of afterEscape) {
    // CSI is parameters and a final byte, SS3 one byte.
    const [sequence] = /^(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z])/.exec(part) ?? [];
    const key = sequence === undefined ? 'escape' : sequences[sequence];
    if (key !== undefined) keys.push(key);
    keys.push(...[...part.slice(sequence?.length ?? 0)].map(keyOf));
  }
  return keys;
}

function keyOf(character: string): Key {
  return (
    controls[character] ?? (character < ' ' ? `ctrl-${String.fromCharCode(character.charCodeAt(0) + 0x60)}` : character)
  );
}
