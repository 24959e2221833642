import type { Admission } from '../../policies/admission';
import type { AutoAnswer } from '../../policies/auto-answer';
import type { Configuration } from '../configuration';

/** @internal Answers calls while `auto_answer` says so and somebody could talk. */
export function autoAnswerBy(configuration: Configuration, available: () => boolean): AutoAnswer {
  return () => (configuration.get('policy.session.auto_answer') && available() ? 0 : undefined);
}

/** @internal Refuses calls without a device, and when busy, as the settings say when they come. */
export function admissionBy(configuration: Configuration, available: () => boolean): Admission {
  return ({ calls, replaces }) => {
    if (configuration.get('policy.session.reject_session_when_headset_na') && !available()) {
      return configuration.get('policy.session.sip_code_when_headset_na');
    }
    if (!configuration.get('policy.session.reject_session_when_busy')) return undefined;
    const others = calls.filter((call) => call !== replaces).length;
    const isBusy = others >= configuration.get('policy.session.number_sessions_for_busy')!;
    return isBusy ? configuration.get('policy.session.sip_code_when_busy') : undefined;
  };
}
