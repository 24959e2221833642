/** For a page: its microphone and loudspeaker for the calls of an endpoint. Nothing of Node.js is in it. */
export type { BrowserMessage } from './browser/browser-message';
export { type PageAudio, type PageAudioOptions, pageAudio } from './browser/page-audio';
