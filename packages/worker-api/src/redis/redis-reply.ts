/** What Redis answers: text, whole numbers, lists of answers, fields of a hash, or nothing. */
export type RedisReply =
  | string
  | number
  | boolean
  | null
  | readonly RedisReply[]
  | { readonly [field: string]: RedisReply };

/** The numbers of an answer that is a list of numbers; anything else in it counts as NaN. */
export function numbersOf(reply: RedisReply): readonly number[] {
  return listOf(reply).map(Number);
}

/** The texts of an answer that is a list of texts; anything else in it is left out. */
export function textsOf(reply: RedisReply | undefined): readonly string[] {
  return listOf(reply).filter((entry) => typeof entry === 'string');
}

/** The entries of an answer that is a list, none for any other. */
export function listOf(reply: RedisReply | undefined): readonly RedisReply[] {
  return isList(reply) ? reply : [];
}

function isList(reply: RedisReply | undefined): reply is readonly RedisReply[] {
  return Array.isArray(reply);
}
