import { gainOf, type Volume } from '../devices/volume';

/** How loud a call is to those who talk in it, with the endpoint's device, beside the volumes of the device itself: 0 to 100 each, 100 at first. */
export class CallVolumes {
  #microphone: Volume = 100;
  #speaker: Volume = 100;
  /** @internal Factor of what is heard here. */
  speakerGain = 1;
  readonly #sent: (gain: number) => void;
  readonly #changed: () => void;

  /** @internal @param sent told the factor of what the peer hears */
  constructor(sent: (gain: number) => void, changed: () => void) {
    this.#sent = sent;
    this.#changed = changed;
  }

  /** How loud the peer hears us. @throws EndpointError `ERR_OPTION` unless it is a number from 0 to 100 */
  get microphone(): Volume {
    return this.#microphone;
  }

  set microphone(volume: Volume) {
    this.#sent(gainOf(volume));
    this.#microphone = volume;
    this.#changed();
  }

  /** How loud we hear the peer. @throws EndpointError `ERR_OPTION` unless it is a number from 0 to 100 */
  get speaker(): Volume {
    return this.#speaker;
  }

  set speaker(volume: Volume) {
    this.speakerGain = gainOf(volume);
    this.#speaker = volume;
    this.#changed();
  }
}
