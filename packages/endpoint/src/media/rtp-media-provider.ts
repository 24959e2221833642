import {
  AudioSession,
  type AudioSessionOptions,
  DtlsCertificate,
  hostAddresses,
  loadResampler,
  MediaError,
  MediaTransport,
  openIceTransport,
  openUdpRtpTransport,
  Pacer,
  type RtpTransport,
} from '@offhook/rtp-media';
import type { MediaProviderFactory } from './media-provider';
import { type WorkersOption, workerMediaProvider } from './worker-sessions';

/** Settings of {@link rtpMediaProvider}. */
export interface RtpMediaProviderOptions {
  /** Opens what carries the packets of one call; a pair of UDP ports when absent. */
  openTransport?: (options: {
    address: string;
    portRange?: readonly [number, number];
    dscp?: number;
  }) => Promise<RtpTransport>;
  /** Bounds of the jitter buffer's delay. */
  jitterBuffer?: AudioSessionOptions['jitterBuffer'];
  /** ms without RTP, while it is expected, after which a call says `inactive`; 30000 when absent. */
  inactivityMs?: number;
  /**
   * Places calls on worker threads, so that they keep their pace whatever this thread does: a pool of `MediaWorkers`, which
   * the application closes, or the size or settings of one that the endpoint closes; in this thread when absent. Codecs
   * beside the default ones are named to the pool as `codecModules`, which one of the endpoint's own has of its `codecPlugins`. Calls with ICE, with an own `openTransport` or with
   * an own clock stay in this thread.
   */
  workers?: WorkersOption;
}

/**
 * Audio by RTP over UDP (RFC 3550): the default. All calls of an endpoint share one pacer. Where packets cannot be marked as
 * `dscp` asks, a warning says why, once, and calls go on without marks.
 */
export function rtpMediaProvider(options: RtpMediaProviderOptions = {}): MediaProviderFactory {
  const { openTransport = openUdpRtpTransport, jitterBuffer } = options;
  return (context) => {
    const inactivityMs = options.inactivityMs ?? context.inactivityMs;
    const { clock, random, logger, registry, rtpPortRange, dscp, dtx, inbandDtmf, ice, mediaSecurity } = context;
    const isSecured = mediaSecurity !== undefined && mediaSecurity.policy !== 'disabled';
    if (options.workers !== undefined) {
      const inTheWay = ice ? 'ICE' : options.openTransport ? 'openTransport' : clock ? 'a clock' : undefined;
      if (!inTheWay) {
        return workerMediaProvider(options.workers, context, {
          ...(jitterBuffer && { jitterBuffer }),
          ...(inactivityMs !== undefined && { inactivityMs }),
        });
      }
      logger?.warn({}, `Calls stay in the main thread: media workers cannot be used together with ${inTheWay}.`);
    }
    const usesDtls = isSecured && (mediaSecurity.keying ?? ['sdes', 'dtls']).includes('dtls');
    // One for all calls, made when the first needs it.
    let certificate: Promise<DtlsCertificate> | undefined;
    const pacer = clock ? new Pacer(clock) : undefined;
    let mark = dscp;
    const marked = async <Transport>(
      openWith: (marks: { dscp?: number }) => Promise<Transport>,
    ): Promise<Transport> => {
      if (mark === undefined) return openWith({});
      try {
        return await openWith({ dscp: mark });
      } catch (error) {
        if (!(error instanceof MediaError && error.code === 'ERR_DSCP')) throw error;
        if (mark !== undefined) logger?.warn({ code: error.code }, error.message);
        mark = undefined;
        return openWith({});
      }
    };
    const portRange = rtpPortRange && { portRange: rtpPortRange };
    const openBase = async (address: string): Promise<RtpTransport> => {
      if (!ice) return marked((marks) => openTransport({ address, ...portRange, ...marks }));
      const { servers, relayOnly, lite, addresses = hostAddresses(), gatherTimeout } = ice;
      const transport = await marked((marks) =>
        openIceTransport({
          addresses: [address, ...addresses.filter((each) => each !== address)],
          ...(servers && { servers }),
          ...(relayOnly !== undefined && { relayOnly }),
          ...(lite !== undefined && { lite }),
          ...portRange,
          ...marks,
          ...(context.publicAddress !== undefined && { publicAddress: context.publicAddress }),
          ...(clock && { clock }),
          ...(random && { random }),
          ...(logger && { logger }),
          rtcpMux: true,
        }),
      );
      await transport.gather(gatherTimeout);
      return transport;
    };
    const open = async (address: string): Promise<RtpTransport> => {
      if (usesDtls) certificate ??= DtlsCertificate.create();
      const base = await openBase(address);
      if (!ice && !isSecured) return base;
      const own = await certificate;
      return new MediaTransport({ base, ...(own && { certificate: own }) });
    };
    return {
      // Sources and sinks have rates of their own.
      start: loadResampler,
      async open({ address }) {
        const transport = await open(address);
        return new AudioSession({
          transport,
          codecs: registry,
          ...(pacer && { pacer }),
          ...(clock && { clock }),
          ...(random && { random }),
          ...(logger && { logger }),
          ...(jitterBuffer && { jitterBuffer }),
          ...(inactivityMs !== undefined && { inactivityMs }),
          ...(dtx !== undefined && { dtx }),
          ...(inbandDtmf !== undefined && { inbandDtmf }),
        });
      },
    };
  };
}
