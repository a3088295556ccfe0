import { LadingError } from '@lading/errors';
import { type CommandModule, examples } from '../command.ts';
import { component, configureRegistryApi, withRegistryApi } from '../registry-api.ts';
import { formatDate, table } from '../table.ts';
import { figures, type JobRun, runRegistryJob } from './job-run.ts';

export const command: CommandModule = {
  configure(command) {
    command
      .argument('[action]', 'list, start or cancel (list)')
      .argument('[name]', 'of the job; with cancel the id of the run');
    configureRegistryApi(command);
    command.addHelpText(
      'after',
      examples(
        ['lading registry jobs', 'what ran and what runs, in all replicas'],
        ['lading registry jobs start gc', 'now, and wait for it'],
        ['lading registry jobs cancel ID', 'it stops within seconds, wherever it runs'],
      ),
    );
  },

  run: (context, [action = 'list', name], options) =>
    withRegistryApi(context, options, async (api) => {
      if (action === 'list') {
        const { items } = await api.get<{ items: readonly JobRun[] }>('/jobs/runs', 'list jobs', { job: name });
        const rows = items.map((run) => [
          run.id,
          run.name,
          run.state,
          formatDate(run.startedAt),
          run.actor,
          run.error ?? figures(run.outcome ?? run.progress),
        ]);
        return { data: items, text: table(['ID', 'JOB', 'STATE', 'STARTED', 'BY', ''], rows) };
      }
      if (name === undefined || (action !== 'start' && action !== 'cancel')) {
        throw new LadingError('USAGE', `Cannot ${action} a job: write "start NAME" or "cancel ID"`);
      }
      if (action === 'start') return runRegistryJob(context, api, name, {});
      const run = await api.send<JobRun>('DELETE', `/jobs/runs/${component(name)}`, `cancel the run ${name}`);
      return { data: run, text: `${run.name} is ${run.state === 'running' ? 'told to stop' : run.state}` };
    }),
};
