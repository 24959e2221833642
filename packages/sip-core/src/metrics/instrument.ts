import type { SipStack } from '../stack/sip-stack';
import type { MetricMeter, MetricObservation } from './meter';
import { SessionMetrics } from './session-metrics';
import { TransactionMetrics } from './transaction-metrics';

/**
 * Keeps metrics of a stack: messages by method, class of status, direction and transport; retransmissions; what was refused and dropped,
 * by reason; durations of transactions; the delays and ratios of RFC 6076; and how many sessions, dialogs, transactions, registrations
 * and connections there are. A stack that is not instrumented pays nothing.
 *
 * @param meter a `Meter` of `@opentelemetry/api`, or what looks like one
 * @returns A function that ends it.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api';
 * const off = instrument(stack, metrics.getMeter('phones'));
 * ```
 */
export function instrument(stack: SipStack, meter: MetricMeter): () => void {
  const sessions = new SessionMetrics(meter, () => stack.clock.now());
  const offs = [
    stack.observe(new TransactionMetrics(meter)),
    stack.on('session', (session) => sessions.follow(session)),
    gauge(meter, 'sip.sessions', '{session}', 'Sessions alive.', ({ observe }) => observe(stack.load.sessions)),
    gauge(meter, 'sip.dialogs', '{dialog}', 'Dialogs alive.', ({ observe }) => observe(stack.dialogs.size)),
    gauge(meter, 'sip.registrations', '{registration}', 'Registrations kept up.', ({ observe }) =>
      observe(stack.load.registrations),
    ),
    gauge(meter, 'sip.transactions', '{transaction}', 'Transactions alive.', ({ observe }) => {
      const { clients, waiting, answered } = stack.transactions;
      observe(clients, { 'sip.role': 'client' });
      observe(waiting, { 'sip.role': 'server', 'sip.state': 'waiting' });
      observe(answered, { 'sip.role': 'server', 'sip.state': 'answered' });
    }),
    gauge(
      meter,
      'sip.connections',
      '{connection}',
      'Connections open, where the transport counts them.',
      ({ observe }) => {
        const counts = new Map<string, number>();
        for (const { protocol, connections } of stack.transports) {
          if (connections !== undefined) counts.set(protocol, (counts.get(protocol) ?? 0) + connections);
        }
        for (const [protocol, count] of counts) observe(count, { 'network.transport': protocol.toLowerCase() });
      },
    ),
  ];
  return () => {
    for (const off of offs) off();
  };
}

function gauge(
  meter: MetricMeter,
  name: string,
  unit: string,
  description: string,
  look: (observation: MetricObservation) => void,
): () => void {
  const created = meter.createObservableGauge(name, { unit, description });
  const callback = (observation: MetricObservation) =>
    look({ observe: (value, attributes) => observation.observe(value, attributes) });
  created.addCallback(callback);
  return () => created.removeCallback(callback);
}
