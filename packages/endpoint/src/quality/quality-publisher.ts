import {
  type IntervalStatistics,
  localVqMetrics,
  type QualityAlarm,
  remoteVqMetrics,
  VQ_REPORT_TYPE,
  type VqAddress,
  type VqReport,
  vqAlert,
  writeVqReport,
} from '@offhook/rtp-media';
import type { Clock, Logger, SipUri } from '@offhook/sip-core';
import type { Call } from '../call/call';
import type { SipAddressing } from '../sip/sip-events';
import type { SipProvider } from '../sip/sip-provider';
import type { QualityOptions } from './quality-options';

/** Where a call's audio goes from and to. */
export interface QualityPath {
  readonly local?: VqAddress | undefined;
  readonly remote?: VqAddress | undefined;
}

/** @internal What is known of a call that is reported on. */
export interface ReportedCall {
  readonly call: Call;
  /** Tags of its dialog. */
  readonly dialog: () => { readonly localTag: string; readonly remoteTag: string } | undefined;
  /** Our address in it: that of its line, or of its INVITE. */
  readonly self: string;
  readonly path: () => QualityPath;
  /** How requests go by the line of the call. */
  readonly addressing: Omit<SipAddressing, 'uri'>;
}

/** @internal Publishes voice quality reports (RFC 6035 §4). What the collector does not take is written to the log, and forgotten. */
export class QualityPublisher {
  readonly #collector: SipUri;
  readonly #reports: readonly string[];
  readonly #sip: () => SipProvider | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;

  constructor(
    collector: SipUri,
    { reports = ['session', 'alert'] }: QualityOptions,
    environment: { sip: () => SipProvider | undefined; clock: Clock; logger: Logger | undefined },
  ) {
    this.#collector = collector;
    this.#reports = reports;
    this.#sip = environment.sip;
    this.#clock = environment.clock;
    this.#logger = environment.logger;
  }

  /** Reports on a call from now on. */
  watch(reported: ReportedCall): void {
    const { call } = reported;
    let path = reported.path();
    let dialog = reported.dialog();
    const begun = this.#clock.date();
    const remember = (): void => {
      path = reported.path();
      dialog = reported.dialog() ?? dialog;
    };
    const send = (kind: VqReport['kind'], interval: IntervalStatistics, more: Partial<VqReport> = {}): void => {
      if (!this.#reports.includes(kind)) return;
      const start = new Date(kind === 'session' ? begun : interval.at - interval.durationMs);
      const context = { start, stop: new Date(interval.at) };
      const statistics = call.statistics();
      const { remoteVoipMetrics } = statistics;
      this.#publish(reported, {
        kind,
        ...this.#parties(reported, dialog),
        ...addresses(path, statistics.ssrc, statistics.remoteSsrc),
        local: localVqMetrics(interval, statistics, context),
        ...(remoteVoipMetrics && { remote: remoteVqMetrics(remoteVoipMetrics, context) }),
        ...more,
      });
    };
    call.on('quality', (interval) => {
      remember();
      send('interval', interval);
    });
    const alarmed = (alarm: QualityAlarm, severity: 'Warning' | 'Clear'): void => {
      remember();
      const { total } = call.quality ?? {};
      if (total) send('alert', total, { alert: vqAlert(alarm.measure, severity) });
    };
    call.on('qualityAlarm', (alarm) => alarmed(alarm, 'Warning'));
    call.on('qualityCleared', (alarm) => alarmed(alarm, 'Clear'));
    call.on('ended', () => {
      const { total } = call.quality ?? {};
      if (total) send('session', total, { callTerm: true });
    });
  }

  #parties({ call, self }: ReportedCall, dialog: { localTag: string; remoteTag: string } | undefined) {
    const { callId } = call;
    const remoteId = `<${call.remote.uri}>`;
    const localId = `<${self}>`;
    return {
      callId,
      localId,
      remoteId,
      originatorId: call.direction === 'outgoing' ? localId : remoteId,
      ...(dialog && { dialogId: { callId, toTag: dialog.remoteTag, fromTag: dialog.localTag } }),
    };
  }

  #publish({ addressing, call }: ReportedCall, report: VqReport): void {
    const sip = this.#sip();
    if (!sip) return;
    const body = { contentType: VQ_REPORT_TYPE, body: new TextEncoder().encode(writeVqReport(report)) };
    const failed = (reason: object): void =>
      this.#logger?.warn({ call: call.id, report: report.kind, ...reason }, 'The quality report was not taken.');
    sip
      .request({
        ...addressing,
        uri: this.#collector,
        method: 'PUBLISH',
        headers: [['Event', 'vq-rtcpxr']],
        body,
      })
      .then(({ status, reason }) => {
        if (status >= 300) failed({ status, reason });
      })
      .catch((error: unknown) => failed({ error }));
  }
}

function addresses({ local, remote }: QualityPath, ssrc: number, remoteSsrc: number | undefined) {
  return {
    ...(local && { localAddress: { ...local, ssrc } }),
    ...(remote && { remoteAddress: { ...remote, ...(remoteSsrc !== undefined && { ssrc: remoteSsrc }) } }),
  };
}
