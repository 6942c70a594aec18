import { readFile } from 'node:fs/promises';

/** What the files of a model tell about it. */
export interface ModelDescription {
  /** BCP-47 tags; empty when the files do not tell. */
  readonly languages: readonly string[];
  /** Names of speakers with their numbers; empty when they have none. */
  readonly speakers: ReadonlyMap<string, number>;
}

/**
 * Reads what a model says about itself: Piper's `<model>.onnx.json`, else the metadata in the model.
 *
 * @param metadata of the ONNX file
 */
export async function describeModel(
  modelPath: string,
  metadata: ReadonlyMap<string, string>,
): Promise<ModelDescription> {
  const piper = await readPiperConfig(`${modelPath}.json`);
  if (piper !== undefined) return piper;
  const names = (metadata.get('speaker_names') ?? '').split(',').filter(Boolean);
  return {
    languages: languageTags(metadata.get('voice') ?? metadata.get('language') ?? ''),
    speakers: new Map(names.map((name, index) => [name, index])),
  };
}

async function readPiperConfig(path: string): Promise<ModelDescription | undefined> {
  let config: unknown;
  try {
    config = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // The file is an extra: models speak without it.
    return undefined;
  }
  const fields = fieldsOf(config);
  const ids = Object.entries(fieldsOf(fields['speaker_id_map']));
  const code = fieldsOf(fields['language'])['code'];
  return {
    languages: languageTags(typeof code === 'string' ? code : ''),
    speakers: new Map(ids.filter((entry): entry is [string, number] => Number.isInteger(entry[1]))),
  };
}

/** `en_US` and `en-us` as `en-US` and `en`; English names, as some models have them, are not told. */
function languageTags(code: string): string[] {
  const [, language, region] = /^([a-z]{2,3})(?:[_-]([A-Za-z]{2}))?$/u.exec(code) ?? [];
  if (language === undefined) return [];
  return region === undefined ? [language] : [`${language}-${region.toUpperCase()}`, language];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
