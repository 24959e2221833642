import { MediaError } from '../platform/errors';
import { VQ_LINES, type VqAddress, type VqFormat, type VqMetrics, type VqReport } from './vq-report';

const LINE_END = '\r\n';

/**
 * Writes the body of a voice quality report (RFC 6035 §4.6.2), to be published as `application/vq-rtcpxr`.
 *
 * @throws MediaError `ERR_MEDIA_ARGUMENT` when a text holds a line break
 */
export function writeVqReport(report: VqReport): string {
  const lines = [heading(report), `CallID:${report.callId}`];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) lines.push(`${name}:${value}`);
  };
  add('LocalID', report.localId);
  add('RemoteID', report.remoteId);
  add('OrigID', report.originatorId);
  add('LocalAddr', address(report.localAddress));
  add('RemoteAddr', address(report.remoteAddress));
  add('LocalGroup', report.localGroupId);
  add('RemoteGroup', report.remoteGroupId);
  add('LocalMAC', report.localMac);
  add('RemoteMAC', report.remoteMac);
  for (const [name, value] of Object.entries(report.extensions ?? {})) add(name, value);
  if (report.local) lines.push('LocalMetrics:', ...metricLines(report.local));
  if (report.remote) lines.push('RemoteMetrics:', ...metricLines(report.remote));
  const { dialogId } = report;
  if (dialogId) {
    const toTag = dialogId.toTag === undefined ? '' : `;to-tag=${dialogId.toTag}`;
    const fromTag = dialogId.fromTag === undefined ? '' : `;from-tag=${dialogId.fromTag}`;
    lines.push(`DialogID:${dialogId.callId}${toTag}${fromTag}`);
  }
  for (const line of lines) if (/[\r\n]/.test(line)) throw lineBreak(line);
  return lines.join(LINE_END) + LINE_END;
}

function heading({ kind, callTerm, alert }: VqReport): string {
  if (kind === 'interval') return 'VQIntervalReport';
  if (kind === 'session') return callTerm ? 'VQSessionReport: CallTerm' : 'VQSessionReport';
  if (!alert) return 'VQAlertReport';
  return `VQAlertReport: Type=${alert.type} Severity=${alert.severity} Dir=${alert.direction}`;
}

function address(value: VqAddress | undefined): string | undefined {
  if (!value) return undefined;
  const ssrc = value.ssrc === undefined ? '' : ` SSRC=0x${value.ssrc.toString(16).padStart(8, '0')}`;
  return `IP=${value.ip} PORT=${value.port}${ssrc}`;
}

function metricLines(metrics: VqMetrics): string[] {
  const lines: string[] = [];
  const times = [metrics.start && `START=${time(metrics.start)}`, metrics.stop && `STOP=${time(metrics.stop)}`];
  const present = times.filter((text) => text !== undefined);
  if (present.length > 0) lines.push(`Timestamps:${present.join(' ')}`);
  for (const { name, member, fields } of VQ_LINES) {
    const values = metrics[member] as Record<string, unknown> | undefined;
    if (!values) continue;
    const texts: string[] = [];
    for (const [field, key, format] of fields) {
      const value = values[key];
      if (value !== undefined) texts.push(`${field}=${formatted(value, format)}`);
    }
    if (texts.length > 0) lines.push(`${name}:${texts.join(' ')}`);
  }
  for (const [name, value] of Object.entries(metrics.extensions ?? {})) lines.push(`${name}:${value}`);
  return lines;
}

function formatted(value: unknown, format: VqFormat): string {
  switch (format) {
    case 'integer':
      return String(Math.round(Number(value)));
    case 'percent':
    case 'mos':
      return Number(value).toFixed(1);
    case 'quoted':
      return `"${String(value).replaceAll(/["\\]/g, '')}"`;
    case 'onOff':
      return value ? 'on' : 'off';
    case 'token':
      return String(value).replaceAll(/\s/g, '');
  }
}

/** §4.6.2: UTC, to the second. */
function time(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function lineBreak(line: string): MediaError {
  const name = line.slice(0, line.indexOf(':'));
  return new MediaError('ERR_MEDIA_ARGUMENT', `Take the line break out of ${name}; a report has one line for it.`);
}
