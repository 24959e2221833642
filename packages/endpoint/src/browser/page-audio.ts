/// <reference lib="dom" />
import type { BrowserMessage } from './browser-message';

/** Settings of {@link pageAudio}. */
export interface PageAudioOptions {
  /** Brings a message to the endpoint. */
  send(message: BrowserMessage): void;
  /** STUN and TURN servers; none when absent, which does within one network. */
  iceServers?: RTCIceServer[];
  /** What the microphone is asked for; echo cancelled, noise suppressed and gain controlled by the browser when absent. */
  microphone?: MediaTrackConstraints;
  /** Which loudspeaker, by its id; the default one when absent. */
  loudspeaker?: string;
  /** Told of the states of the connection. */
  onState?: (state: RTCPeerConnectionState) => void;
}

/** The audio of a page. */
export interface PageAudio {
  /** Takes a message of the endpoint. */
  receive(message: BrowserMessage): Promise<void>;
  /** Silences the microphone. */
  muted: boolean;
  /** Begins anew, as after a change of the network. Done by itself when the connection fails. */
  restart(): Promise<void>;
  /** Lets go of microphone and loudspeaker. */
  close(): void;
}

const VOICE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const RETRY_MS = 2000;

/**
 * Connects the microphone and the loudspeaker of this page to an endpoint's `BrowserAudio`, by WebRTC.
 *
 * ```ts
 * const socket = new WebSocket('/audio');
 * const audio = await pageAudio({ send: (message) => socket.send(JSON.stringify(message)) });
 * socket.onmessage = ({ data }) => audio.receive(JSON.parse(data));
 * ```
 *
 * @throws DOMException when the user does not allow the microphone, or there is none
 */
export async function pageAudio(options: PageAudioOptions): Promise<PageAudio> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: options.microphone ?? VOICE });
  const audio = new ConnectedAudio(stream, options);
  await audio.restart();
  return audio;
}

class ConnectedAudio implements PageAudio {
  readonly #options: PageAudioOptions;
  readonly #stream: MediaStream;
  readonly #player = new Audio();
  #connection: RTCPeerConnection | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(stream: MediaStream, options: PageAudioOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#player.autoplay = true;
  }

  async restart(): Promise<void> {
    clearTimeout(this.#retry);
    this.#connection?.close();
    if (this.#closed) return;
    const connection = new RTCPeerConnection({ iceServers: this.#options.iceServers ?? [] });
    this.#connection = connection;
    connection.addEventListener('connectionstatechange', () => this.#stateChanged(connection));
    connection.addEventListener('track', ({ streams, track }) => this.#play(streams[0] ?? new MediaStream([track])));
    for (const track of this.#stream.getTracks()) connection.addTrack(track, this.#stream);
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    const sdp = connection.localDescription?.sdp;
    if (sdp && connection === this.#connection) this.#options.send({ type: 'offer', sdp });
  }

  #stateChanged(connection: RTCPeerConnection): void {
    if (connection !== this.#connection) return;
    this.#options.onState?.(connection.connectionState);
    if (connection.connectionState !== 'failed') return;
    this.#retry = setTimeout(() => void this.restart(), RETRY_MS);
  }

  #play(stream: MediaStream): void {
    const player = this.#player as HTMLAudioElement & { setSinkId?(id: string): Promise<void> };
    player.srcObject = stream;
    if (this.#options.loudspeaker !== undefined) void player.setSinkId?.(this.#options.loudspeaker);
    void player.play();
  }

  async receive(message: BrowserMessage): Promise<void> {
    if (message.type !== 'answer' || this.#connection?.signalingState !== 'have-local-offer') return;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: message.sdp });
  }

  get muted(): boolean {
    return this.#stream.getAudioTracks().every(({ enabled }) => !enabled);
  }

  set muted(muted: boolean) {
    for (const track of this.#stream.getAudioTracks()) track.enabled = !muted;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#connection?.close();
    this.#player.srcObject = null;
    for (const track of this.#stream.getTracks()) track.stop();
  }
}

/** All candidates are in the description. */
function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') resolve();
    });
  });
}
