/** What the access control turned away, gathered: it changes nothing, and is kept to be looked at. */
export interface SecurityReportEntry {
  readonly kind: 'access.reported';
  readonly events: readonly {
    readonly action: string;
    readonly subject: string;
    readonly address: string;
    readonly detail?: string | undefined;
    readonly count: number;
  }[];
}
