import type { Speaker } from './voices.ts';

/**
 * Who talks in the corpus: voices, languages and tempos. Not f2, f3 and f5: espeak gives them a breath that is
 * another each time.
 */
export const speakers: readonly Speaker[] = [
  { voiceId: 'espeak-en-us', variant: '', speed: 1 },
  { voiceId: 'espeak-en-gb', variant: 'f1', speed: 1.05 },
  { voiceId: 'espeak-en-us', variant: 'm3', speed: 0.9 },
  { voiceId: 'espeak-en-us', variant: 'f4', speed: 1.15 },
  { voiceId: 'espeak-de', variant: 'm1', speed: 1 },
  { voiceId: 'espeak-es', variant: 'f1', speed: 1 },
];

/** Who speaks for the system. */
export const botSpeaker: Speaker = { voiceId: 'espeak-en-gb', variant: 'f4', speed: 1 };

/** What each speaker says, by place in {@link speakers}. */
export const sentences: readonly string[] = [
  'Could you tell me when the next train to the harbour leaves? I would like a window seat.',
  'I have been waiting for half an hour, and nobody has called me back yet.',
  'Please change my appointment to Thursday. Any time after three works for me.',
  'What is the weather going to be like this weekend, near the coast?',
  'Ich hätte gern einen Tisch für vier Personen. Am liebsten draußen auf der Terrasse.',
  'Quisiera saber si todavía quedan entradas para el concierto de esta noche.',
];

/** What a listener says to show that they listen; it is not meant to stop anybody. */
export const backchannels: readonly string[] = ['mm-hm', 'yeah', 'uh-huh', 'okay', 'right', 'I see'];

/** What someone says who wants the system to stop. */
export const interruptions: readonly string[] = [
  'Wait, stop. That is not what I asked for.',
  'No no no, I meant the other one, in the city.',
  'Hold on a second, I have a question about that.',
  'Excuse me, can we go back to the first point?',
];

/** What the system says meanwhile. */
export const botLines: readonly string[] = [
  'Of course. There are three connections this afternoon, and the first one leaves at a quarter past two from platform nine.',
  'I have found your order. It was sent on Monday, and it should arrive at your address within the next two working days.',
];
