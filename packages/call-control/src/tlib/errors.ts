import type { TEvent } from './events';

/**
 * Why a request is refused. The numbers are those of this server: the original's table is not public.
 */
export const TErrorCode = {
  UnknownRequest: 1,
  MissingParameter: 2,
  InvalidDN: 10,
  NotRegistered: 11,
  DNOutOfService: 12,
  InvalidConnID: 20,
  InvalidCallState: 21,
  Unsupported: 30,
  NoMediaServer: 31,
  DestinationInvalid: 40,
  DestinationBusy: 41,
  DestinationNoAnswer: 42,
  RequestRefused: 43,
  PartyLost: 44,
  NotAllowed: 50,
  Internal: 99,
} as const;
/** One of the numbers of why a request is refused. */
export type TErrorCode = (typeof TErrorCode)[keyof typeof TErrorCode];

/** A request that was refused, with the code and the words of its EventError. */
export class TLibError extends Error {
  override readonly name = 'TLibError';
  readonly errorCode: TErrorCode;

  constructor(code: keyof typeof TErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorCode = TErrorCode[code];
  }

  /** The error of an EventError. */
  static of({ errorCode, errorMessage }: TEvent): TLibError {
    const names = Object.keys(TErrorCode) as (keyof typeof TErrorCode)[];
    const name = names.find((each) => TErrorCode[each] === errorCode) ?? 'Internal';
    return new TLibError(name, errorMessage ?? 'The request was refused.');
  }
}
