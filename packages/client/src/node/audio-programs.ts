/** A program that plays or records bare 16-bit mono samples over its standard streams. */
export interface AudioProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** Programs that play, those that start fastest first. */
export function playerPrograms(sampleRateHz: number): readonly AudioProgram[] {
  const rate = String(sampleRateHz);
  return [
    { command: 'aplay', args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', rate, '-c', '1', '-'] },
    { command: 'paplay', args: ['--raw', '--format=s16le', `--rate=${rate}`, '--channels=1'] },
    { command: 'play', args: ['-q', '-t', 'raw', '-r', rate, '-e', 'signed', '-b', '16', '-c', '1', '-'] },
  ];
}

/** Programs that record. */
export function recorderPrograms(sampleRateHz: number): readonly AudioProgram[] {
  const rate = String(sampleRateHz);
  return [
    { command: 'arecord', args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', rate, '-c', '1', '-'] },
    { command: 'parec', args: ['--raw', '--format=s16le', `--rate=${rate}`, '--channels=1'] },
    { command: 'rec', args: ['-q', '-t', 'raw', '-r', rate, '-e', 'signed', '-b', '16', '-c', '1', '-'] },
  ];
}
