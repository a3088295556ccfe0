import { Type } from 'typebox';
import { type ConfigSection, closed, defineSection } from '../config/config-section.ts';
import { scheduleFault } from './schedule-fault.ts';

/** Cron patterns of five fields, in UTC, by job. */
export type JobSchedules = Readonly<Record<string, string>>;

/** When jobs run. */
export interface JobsConfig {
  readonly schedules: JobSchedules;
}

/** Often, where a run costs what changed since the last one; a scrub reads everything. */
const usual: JobSchedules = {
  gc: '*/10 * * * *',
  retention: '17 * * * *',
  scan: '7-57/10 * * * *',
  scrub: '41 3 * * 0',
  trash: '47 * * * *',
  watch: '9-59/10 * * * *',
};

const schema = Type.Record(
  Type.String({ pattern: '^[a-z][a-z-]*$' }),
  closed({ schedule: Type.Union([Type.String(), Type.Literal(false)], { title: 'a cron pattern in UTC, or false' }) }),
);

export const jobsSection: ConfigSection<JobsConfig> = defineSection('jobs', schema, async (value = {}, source) => {
  const schedules: Record<string, string> = { ...usual };
  for (const [name, { schedule }] of Object.entries(value)) {
    if (schedule === false) {
      delete schedules[name];
      continue;
    }
    const fault = await scheduleFault(schedule);
    if (fault !== undefined)
      throw source.fail(['jobs', name, 'schedule'], `"${schedule}" is no cron pattern: ${fault}`);
    schedules[name] = schedule;
  }
  return { schedules };
});
