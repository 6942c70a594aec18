/** Whether `message`, which came over IPC, is the one that its `type` names; processes trust each other for the rest. */
export function hasType<M extends { readonly type: string }>(
  message: unknown,
  type: M['type'],
): message is M {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}
