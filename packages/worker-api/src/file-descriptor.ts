import { BinaryReader } from '@bufbuild/protobuf/wire';
import { ttsFileDescriptorSetBase64 } from './generated/tts-descriptor.ts';

/**
 * The serialized `google.protobuf.FileDescriptorProto` messages of `tts.proto`, for gRPC server
 * reflection.
 */
export function ttsFileDescriptors(): Buffer[] {
  const reader = new BinaryReader(Buffer.from(ttsFileDescriptorSetBase64, 'base64'));
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    const [fieldNumber, wireType] = reader.tag();
    if (fieldNumber === 1) files.push(Buffer.from(reader.bytes()));
    else reader.skip(wireType);
  }
  return files;
}
