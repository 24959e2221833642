/** A microphone or a loudspeaker, as a system of devices lists it. */
export interface AudioDeviceInfo {
  /** Stays the same while the device does, also when it is taken out and put in again. */
  readonly id: string;
  /** As people know it. */
  readonly name: string;
  readonly direction: 'input' | 'output';
  /** The system takes it when nobody says which. */
  readonly isDefault: boolean;
}

/** A microphone that is open. */
export interface OpenInput {
  /** Hz of what it gives. */
  readonly sampleRate: number;
  /** Sets the one who gets the audio: mono pieces of any length, theirs only until it returns. */
  onAudio(handler: (pcm: Int16Array) => void): void;
  /** Sets the one who hears that the device is gone. */
  onLost(handler: (error: Error) => void): void;
  /** Gives the device back; nothing more is heard from it. */
  close(): void;
}

/** A loudspeaker that is open. */
export interface OpenOutput {
  /** Hz of what it takes. */
  readonly sampleRate: number;
  /** Sets the one who is asked for audio whenever the device needs more: fills mono samples, all of them. */
  onNeeded(handler: (pcm: Int16Array) => void): void;
  /** Sets the one who hears that the device is gone. */
  onLost(handler: (error: Error) => void): void;
  /** Gives the device back; nothing more is asked for. */
  close(): void;
}

/**
 * A system of audio devices: the sound cards of a computer ({@link soundCards}), or something an application makes up. The
 * calls know only this.
 */
export interface AudioDevices {
  /** What there is now. */
  list(): readonly AudioDeviceInfo[] | Promise<readonly AudioDeviceInfo[]>;
  /**
   * Opens a microphone.
   *
   * @param sampleRate Hz wished for; the device may have another
   */
  openInput(device: AudioDeviceInfo, sampleRate: number): Promise<OpenInput>;
  /**
   * Opens a loudspeaker.
   *
   * @param sampleRate Hz wished for; the device may have another
   */
  openOutput(device: AudioDeviceInfo, sampleRate: number): Promise<OpenOutput>;
  /** Tells when devices have come or gone; the returned function ends that. */
  onChange(listener: () => void): () => void;
  /** Stops watching. */
  close(): void;
}
