import {
  loadResampler,
  MediaError,
  MediaWorkers,
  type MediaWorkersOptions,
  type WorkerSessionOptions,
} from '@offhook/rtp-media';
import type { MediaProvider, MediaProviderContext } from './media-provider';

/** Where calls are placed: on a pool of the application, which closes it, or on one of the endpoint's own. */
export type WorkersOption = MediaWorkers | MediaWorkersOptions | number;

/** What all sessions of an endpoint have in common. */
type Common = Pick<WorkerSessionOptions, 'jitterBuffer' | 'inactivityMs'>;

/**
 * Audio by RTP on worker threads. DTLS certificates and keys stay in the worker.
 */
export function workerMediaProvider(
  workers: WorkersOption,
  context: MediaProviderContext,
  common: Common,
): MediaProvider {
  const { registry, rtpPortRange, dscp, dtx, inbandDtmf, mediaSecurity, logger } = context;
  const isOurs = !(workers instanceof MediaWorkers);
  let pool = isOurs ? undefined : workers;
  const isSecured = mediaSecurity !== undefined && mediaSecurity.policy !== 'disabled';
  const usesDtls = isSecured && (mediaSecurity.keying ?? ['sdes', 'dtls']).includes('dtls');
  let mark = dscp;
  const options: WorkerSessionOptions = {
    ...common,
    ...(rtpPortRange && { portRange: rtpPortRange }),
    ...(dtx !== undefined && { dtx }),
    ...(inbandDtmf !== undefined && { inbandDtmf }),
    ...(isSecured && { security: usesDtls ? 'dtls' : 'sdes' }),
  };
  return {
    start: loadResampler,
    async open({ address }) {
      pool ??= ownPool(workers as MediaWorkersOptions | number, context.codecModules?.());
      if (mark === undefined) return pool.open({ ...options, address }, registry);
      try {
        return await pool.open({ ...options, address, dscp: mark }, registry);
      } catch (error) {
        if (!(error instanceof MediaError && error.code === 'ERR_DSCP')) throw error;
        if (mark !== undefined) logger?.warn({ code: error.code }, error.message);
        mark = undefined;
        return pool.open({ ...options, address }, registry);
      }
    },
    async close() {
      if (isOurs) await pool?.close();
    },
  };
}

function ownPool(workers: MediaWorkersOptions | number, plugins: readonly string[] = []): MediaWorkers {
  const settings = typeof workers === 'number' ? { size: workers } : workers;
  return new MediaWorkers({ ...settings, codecModules: [...(settings.codecModules ?? []), ...plugins] });
}
