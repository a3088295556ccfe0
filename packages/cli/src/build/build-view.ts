import type { BuildEvent } from '@lading/builder';
import type { Progress } from '../progress.ts';
import { explanationLines } from './explanation-text.ts';
import { jsonRecords } from './progress-json.ts';
import { brokenLines, endedLine, liveLines } from './progress-live.ts';
import type { ProgressMode } from './progress-options.ts';
import { PlainLog } from './progress-plain.ts';
import { advance, type BuildProgress, beginBuild } from './progress-state.ts';

export interface BuildViewOptions {
  readonly mode: ProgressMode;
  /** Says of every step why it ran or did not. */
  readonly explain?: boolean | undefined;
}

const tickMs = 500;

/** Shows the events of a build. Disposed, it leaves the end of what steps said that are still under way: the build has failed. */
export interface BuildView extends Disposable {
  readonly onEvent: (event: BuildEvent) => void;
}

export function openBuildView(progress: Progress, options: BuildViewOptions): BuildView {
  return views[options.mode](progress, options);
}

const views: Readonly<Record<ProgressMode, (progress: Progress, options: BuildViewOptions) => BuildView>> = {
  quiet(progress) {
    let state = beginBuild(performance.now());
    return {
      onEvent(event) {
        state = advance(state, event, performance.now()).state;
      },
      [Symbol.dispose]() {
        for (const line of brokenSteps(state)) progress.show(line);
      },
    };
  },

  json(progress) {
    progress.useJson();
    let state = beginBuild(performance.now());
    return {
      onEvent(event) {
        const advanced = advance(state, event, performance.now());
        state = advanced.state;
        for (const record of jsonRecords(event, advanced)) progress.record(record);
      },
      [Symbol.dispose]() {},
    };
  },

  plain(progress, { explain }) {
    const log = new PlainLog({ explain });
    let state = beginBuild(performance.now());
    const write = (lines: readonly string[]): void => {
      for (const line of lines) progress.log(line);
    };
    const timer = setInterval(() => write(log.tick(state, performance.now())), tickMs).unref();
    return {
      onEvent(event) {
        const advanced = advance(state, event, performance.now());
        state = advanced.state;
        write(log.add(event, advanced, performance.now()));
      },
      [Symbol.dispose]() {
        clearInterval(timer);
        write(log.rest());
      },
    };
  },

  live(progress, { explain = false }) {
    let state = beginBuild(performance.now());
    const unwatch = progress.watch((size) => liveLines(state, size, performance.now()));
    return {
      onEvent(event) {
        state = advance(state, event, performance.now()).state;
        if (event.kind === 'notice') progress.log(`notice: ${event.text}`);
        const step = 'step' in event ? state.steps.get(event.step) : undefined;
        if (step === undefined) return;
        if (event.kind === 'step-end') progress.log(endedLine(step));
        if (event.kind === 'step-key' && explain)
          for (const line of explanationLines(event.explanation)) progress.log(`#${step.number}   ${line}`);
      },
      [Symbol.dispose]() {
        unwatch();
        for (const line of brokenSteps(state)) progress.log(line);
      },
    };
  },
};

function brokenSteps({ steps }: BuildProgress): string[] {
  return [...steps.values()].filter(({ status }) => status === 'running').flatMap(brokenLines);
}
