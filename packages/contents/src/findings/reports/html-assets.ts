/** Colours keep a contrast of at least 4.5 to 1 in light and dark (WCAG 2.2 §1.4.3). */
export const htmlStyle: string = `
:root { --back: #f7f8fa; --card: #fff; --ink: #1b1f24; --muted: #59636e; --line: #d9dee4; --link: #0a58ca;
  --critical: #8f1230; --high: #b3261e; --medium: #8a5300; --low: #1f5fa8; --negligible: #59636e; --unknown: #59636e; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --back: #101418; --card: #181d23; --ink: #e6e9ed; --muted: #9aa5b1; --line: #2d343c; --link: #7db4ff;
  --critical: #ff7a9a; --high: #ff8a7d; --medium: #f0b35a; --low: #7db4ff; --negligible: #9aa5b1; --unknown: #9aa5b1; --on: #101418; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1.5rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 0 0 .5rem; font-size: 1.1rem; }
code, pre { font: .9em ui-monospace, monospace; } pre { margin: .4rem 0 0; white-space: pre-wrap; }
a { color: var(--link); } p { margin: .3rem 0; } footer { color: var(--muted); margin-top: 2rem; }
section { margin-top: 1.5rem; } .facts, .muted { color: var(--muted); }
.cards { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 1rem; }
.card { flex: 1 1 16rem; margin: 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.count { font-size: 2rem; line-height: 1.2; }
.badge { display: inline-block; padding: 0 .5em; border-radius: 1em; color: var(--on); background: var(--unknown); font-size: .85em; white-space: nowrap; }
.badge.critical { background: var(--critical); } .badge.high { background: var(--high); } .badge.medium { background: var(--medium); }
.badge.low { background: var(--low); } .badge.exploited { background: var(--critical); }
.filters { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; margin-bottom: .5rem; }
input[type=search] { font: inherit; padding: .3rem .6rem; min-width: 16rem; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { width: 100%; border-collapse: collapse; } td, th { padding: .4rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child td { border-bottom: 0; } th { position: sticky; top: 0; background: var(--card); white-space: nowrap; }
th button { font: inherit; font-weight: 600; padding: 0; color: inherit; background: none; border: 0; cursor: pointer; }
th[aria-sort=ascending] button::after { content: " \\2191"; } th[aria-sort=descending] button::after { content: " \\2193"; }
summary { cursor: pointer; } details ul { padding-left: 1.2rem; margin: .3rem 0; } tr.suppressed { opacity: .65; }
.list { padding: 0; margin: 0; list-style: none; } .list > li { padding: .6rem 1rem; margin-bottom: .4rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
@media print { .filters { display: none; } }
`;

/** Sorting by a click on a column's head, and the filters above the table. Without it the page shows everything, in the report's order. */
export const htmlScript: string = `
const body = document.querySelector('#findings tbody');
if (body) {
  const rows = [...body.rows];
  const search = document.querySelector('#search'), fixable = document.querySelector('#fixable'), shown = document.querySelector('#shown');
  const filter = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const levels = new Set([...document.querySelectorAll('[name=severity]:checked')].map((box) => box.value));
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !levels.has(row.dataset.severity) || (fixable.checked && row.dataset.fix !== 'fixed') || !words.every((word) => text.includes(word));
      if (!row.hidden) count++;
    }
    shown.textContent = count === 1 ? '1 finding' : count + ' findings';
  };
  document.querySelector('#filters').addEventListener('input', filter);
  document.querySelector('#filters').addEventListener('submit', (event) => event.preventDefault());
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  document.querySelectorAll('#findings th').forEach((head, column) => head.addEventListener('click', () => {
    const number = head.firstElementChild.dataset.kind === 'number';
    const descending = head.ariaSort ? head.ariaSort === 'ascending' : number;
    document.querySelectorAll('#findings th').forEach((other) => other.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    const value = (row) => row.cells[column].dataset.sort;
    rows.sort((a, b) => (number ? value(a) - value(b) : compare(value(a), value(b))) * (descending ? -1 : 1));
    body.append(...rows);
  }));
}
`;
